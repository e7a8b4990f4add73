"""Install Python packages only when they verify: the command `countermark`, carried as JavaScript with its own Node."""
