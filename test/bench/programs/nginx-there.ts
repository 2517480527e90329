import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findTool } from './tools.ts';

/** Where Debian and its kin keep what nginx can load. */
export const luaModules = '/usr/lib/nginx/modules';

/** Why nginx cannot be measured; undefined when it can. */
export function missingForNginx(): string | undefined {
  return findTool('nginx') === undefined ? 'nginx is not installed (on Debian: apt-get install nginx)' : undefined;
}

export function missingForLua(): string | undefined {
  const there = ['ndk_http_module.so', 'ngx_http_lua_module.so'].every((module) => existsSync(join(luaModules, module)));
  const without = there ? undefined : 'nginx has no Lua here (on Debian: apt-get install libnginx-mod-http-lua lua-cjson)';
  return missingForNginx() ?? without;
}
