# Runway needs no build step: Node runs its TypeScript as it is. The first stage only installs, so that npm's cache stays behind.
FROM node:26.10.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The development dependencies bring a Node of their own; the image has one already. No install script is needed at run time.
RUN npm ci --omit=dev --ignore-scripts

FROM node:26.10.0-slim
LABEL org.opencontainers.image.title="runway" \
      org.opencontainers.image.description="A gateway that lets backend teams call Huawei Cloud FunctionGraph functions by name." \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
# Served as /runbook.
COPY docs/failure-modes.md ./docs/failure-modes.md

# Owned by root and only read: a fault in the gateway cannot change its own code.
USER node

# 8080: functions. 8081: metrics and health, when the file lets the admin plane listen beyond loopback.
EXPOSE 8080 8081

# The slim image has no curl. A file that moves the port of the functions needs a health check of its own.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# As process 1 Runway handles SIGTERM itself (it drains) and starts no other process, so that it needs no init.
STOPSIGNAL SIGTERM
# With its memory reducer V8 gives memory back in a quiet moment, and the first seconds of the next rush are half as fast.
CMD ["node", "--no-memory-reducer", "src/main.ts", "serve"]
