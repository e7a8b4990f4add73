// The least that a gate in Node can do: it starts, starts a command with itself as the index, and hands each answer on when it
// has all of it, unread. `node whole-file-relay.mjs INDEX COMMAND...`
import { spawn } from "node:child_process";
import { Agent, createServer, request } from "node:http";

const [index, program, ...args] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const server = createServer((asked, answer) => {
  const url = new URL(asked.url, index);
  request(url, { agent, headers: { ...asked.headers, host: url.host } }, (got) => {
    const parts = [];
    got.on("data", (part) => parts.push(part));
    got.once("end", () => {
      const body = Buffer.concat(parts);
      const { "transfer-encoding": _, ...headers } = got.headers;
      answer.writeHead(got.statusCode, { ...headers, "content-length": body.length }).end(body);
    });
  }).end();
});
server.listen(0, "127.0.0.1", () => {
  const env = { ...process.env, UV_DEFAULT_INDEX: `http://127.0.0.1:${server.address().port}/simple/` };
  spawn(program, args, { stdio: "inherit", env }).once("exit", (code) => process.exit(code ?? 1));
});
