# convexlint in a small image: the compiled program with its interpreter on Alpine Linux, and git for `--since`.
#   docker build --tag convexlint .
#   docker run --rm --volume "$PWD:/src:ro" convexlint check
FROM python:3.13-alpine3.22 AS build
RUN apk add --no-cache binutils build-base libffi-dev
WORKDIR /build
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY src src
COPY rules rules
COPY tools tools
RUN CONVEXLINT_NATIVE=1 pip wheel --no-cache-dir --no-deps --wheel-dir wheels . \
    && pip install --no-cache-dir "$(ls wheels/*.whl)[release]" \
    && python -m tools.release.program wheels/*.whl /opt/convexlint

FROM alpine:3.22
# What is mounted belongs to the user who mounts it, so git must not ask whose it is.
RUN apk add --no-cache git && git config --system --add safe.directory '*'
COPY --from=build /opt/convexlint /opt/convexlint
RUN ln -s /opt/convexlint/convexlint /usr/local/bin/convexlint
# Nothing is written: no cache, since the container and what it keeps are gone after a run.
ENV CONVEXLINT_CACHE_DIR=/nonexistent
USER 65534:65534
WORKDIR /src
ENTRYPOINT ["convexlint"]
CMD ["check"]
