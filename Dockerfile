# The agent as an image. BASE is any Debian with Node.js 20 or later; APP is the stage, or an image of your
# own, that holds the installed program in /app.
ARG BASE=node:22-bookworm-slim
ARG APP=build

FROM ${BASE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json README.md LICENSE ./
COPY scripts scripts
COPY src src
COPY ui ui
COPY schema schema
RUN npm run build && npm prune --omit=dev --ignore-scripts \
  && mkdir /app && mv package.json dist schema node_modules /app/

FROM ${APP} AS app

FROM ${BASE}
# What brings the service proxy into containers; a base that has it is left as it is.
RUN command -v ip && command -v nsenter || { apt-get update \
  && apt-get install -y --no-install-recommends iproute2 util-linux && rm -rf /var/lib/apt/lists/* /var/cache/apt/*; }
# More of Debian's packages, as compose.oci.yaml wants them.
ARG PACKAGES=""
RUN [ -z "$PACKAGES" ] || { apt-get update \
  && apt-get install -y --no-install-recommends $PACKAGES && rm -rf /var/lib/apt/lists/* /var/cache/apt/*; }
COPY --from=app /app /opt/exec-agent
# What Kubernetes pods start each step with; the image is mounted beside it.
RUN case $(uname -m) in aarch64) arch=arm64 ;; *) arch=amd64 ;; esac \
  && install -m 755 /opt/exec-agent/dist/keeper/hold/program/hold-$arch.bin /hold
ENV NODE_ENV=production EXEC_RUNTIME=docker
# Where a .env or the policy file may be mounted.
WORKDIR /etc/exec-agent
EXPOSE 8082
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8082}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/opt/exec-agent/dist/cli/main.js"]
CMD ["serve"]
