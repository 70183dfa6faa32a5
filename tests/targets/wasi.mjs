// Runs a program for WASI that may read the project: `node wasi.mjs PROGRAM ARGUMENT…`.
import { readFile } from "node:fs/promises";
import { argv, env, exit } from "node:process";
import { WASI } from "node:wasi";

const preopens = { [env.MOONFUEL_ROOT]: env.MOONFUEL_ROOT };
const wasi = new WASI({ version: "preview1", args: argv.slice(2), env, preopens, returnOnExit: true });
const program = await WebAssembly.compile(await readFile(argv[2]));
exit(wasi.start(await WebAssembly.instantiate(program, wasi.getImportObject())));
