# The API with Spin, for machines without a WebAssembly runtime. The stages are `staging`, with a shell, and
# `production`, the last. Both listen on port 3000, run as user 1001 on a read-only root, and write only to /state.
# Settings are SPIN_VARIABLE_<NAME>. See docs/containers.md.

# The components are the same for every architecture.
FROM --platform=$BUILDPLATFORM rust:1.95.0-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1 AS build
WORKDIR /src
COPY . .
# The status page shows the commit.
ARG REVISION
# The builder's cache keeps crates and their compiled code, so that a change compiles only the project's own code.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
  --mount=type=cache,target=/src/target,sharing=locked \
  hack/build --profile spin-4-0 && install -D --mode=644 --target-directory=/built \
  target/wasm32-wasip2/spin-4-0/api.wasm target/wasm32-wasip2/spin-4-0/docs_ui.wasm

# The native programs: Spin's release, and the health check for images without a shell.
FROM rust:1.95.0-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1 AS spin
# docs/compatibility.md says why not a newer one.
ARG SPIN_VERSION=4.0.1
# A mirror of its releases. The archive must have the SHA-256 in hack/tools/spin.
ARG MINI_API_SPIN_RELEASES
WORKDIR /src
COPY hack/tools/help hack/tools/spin hack/tools/
RUN hack/tools/spin "$SPIN_VERSION" /usr/local/bin
COPY deploy/healthcheck.rs deploy/
RUN rustc --edition 2024 -C opt-level=s -C strip=symbols -C target-feature=+crt-static \
  -o /usr/local/bin/healthcheck deploy/healthcheck.rs

FROM debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f AS staging
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="mini-api" \
  org.opencontainers.image.description="A production API template, with Spin and a shell" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION" \
  org.opencontainers.image.created="$CREATED"
COPY --from=spin /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=spin /usr/local/bin/spin /usr/local/bin/healthcheck /usr/local/bin/
COPY --from=build /src/spin.toml /app/
COPY --from=build /built/api.wasm /built/docs_ui.wasm /app/target/wasm32-wasip2/spin-4-0/
COPY deploy/runtime-config.toml /app/
RUN install --directory --owner 1001 --group 1001 --mode 700 /state && \
  install --directory --owner 1001 --group 1001 /cache
# Without app_env, the API would run as development. SPIN_HTTP1_MAX_BUF_SIZE is how much Spin buffers of an unfinished
# request head, in bytes; its default is about 400 KB.
ENV HOME=/state TMPDIR=/state XDG_CACHE_HOME=/cache RUNTIME_CONFIG_FILE=/app/runtime-config.toml \
  SPIN_HTTP1_MAX_BUF_SIZE=65536 SPIN_VARIABLE_APP_ENV=production
USER 1001:1001
WORKDIR /app
# Precompiled for CPUs with the features of the building CPU. Other CPUs compile at each start.
RUN --mount=type=bind,source=deploy/precompile,target=/usr/local/bin/precompile \
  precompile healthcheck spin up --from /app/spin.toml --profile spin-4-0 --listen 127.0.0.1:3000 --state-dir /state && \
  find /state -mindepth 1 -delete
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/local/bin/healthcheck"]
ENTRYPOINT ["/usr/local/bin/spin", "up", "--from", "/app/spin.toml", "--profile", "spin-4-0", "--state-dir", "/state"]
# The timeout ends a response that the client does not read; the API can't end it. It is longer than the API's
# request_timeout.
CMD ["--listen", "0.0.0.0:3000", "--request-timeout", "30s"]

FROM gcr.io/distroless/cc-debian13:nonroot@sha256:e792ab3d241a468a4fd7519ddbbebe66b49b5f365771716ea688ad40b6c6f1c2 AS production
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="mini-api" \
  org.opencontainers.image.description="A production API template, with Spin" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION" \
  org.opencontainers.image.created="$CREATED"
COPY --from=staging /usr/local/bin/spin /usr/local/bin/healthcheck /usr/local/bin/
COPY --from=staging /app /app
COPY --from=staging /cache /cache
COPY --from=staging --chown=1001:1001 /state /state
# So that user 1001 owns a volume there, also on ECS.
VOLUME /state
ENV HOME=/state TMPDIR=/state XDG_CACHE_HOME=/cache RUNTIME_CONFIG_FILE=/app/runtime-config.toml \
  SPIN_HTTP1_MAX_BUF_SIZE=65536 SPIN_VARIABLE_APP_ENV=production
USER 1001:1001
WORKDIR /app
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/local/bin/healthcheck"]
ENTRYPOINT ["/usr/local/bin/spin", "up", "--from", "/app/spin.toml", "--profile", "spin-4-0", "--state-dir", "/state"]
# The timeout ends a response that the client does not read; the API can't end it. It is longer than the API's
# request_timeout.
CMD ["--listen", "0.0.0.0:3000", "--request-timeout", "30s"]
