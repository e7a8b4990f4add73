// Loaded before a command: kills its process, as a power cut would, at the step of the database that KILL_AT counts to.
// Steps are the beginnings and ends of writing transactions, each just before and just after it takes effect.
import { DatabaseSync } from "node:sqlite";

const at = Number(process.env.KILL_AT);
let step = 0;
const reach = () => {
  step += 1;
  if (step === at) process.kill(process.pid, "SIGKILL");
};

const prepare = DatabaseSync.prototype.prepare;
DatabaseSync.prototype.prepare = function (sql, ...more) {
  const statement = prepare.call(this, sql, ...more);
  if (sql !== "begin immediate" && sql !== "commit") return statement;
  const run = statement.run.bind(statement);
  statement.run = (...parameters) => {
    reach();
    const result = run(...parameters);
    reach();
    return result;
  };
  return statement;
};
