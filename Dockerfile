# The base can be another image with Python 3.11 or newer, by --build-arg.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
RUN python -m venv /opt/devproxy
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY devproxy ./devproxy
# Bytecode is compiled here: a read-only root could not keep it, and every health check would compile again.
RUN --mount=type=cache,target=/var/cache/pip \
    PIP_CACHE_DIR=/var/cache/pip /opt/devproxy/bin/pip install --disable-pip-version-check --compile . \
    && /opt/devproxy/bin/pip uninstall --yes pip

FROM ${PYTHON_IMAGE}
COPY --from=build /opt/devproxy /opt/devproxy
# 0.0.0.0 is this container's own network; who gets there is decided by how the port is published.
ENV PATH=/opt/devproxy/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DEVPROXY_HOST=0.0.0.0 \
    DEVPROXY_PORT=8484
# A proxy.yaml that is mounted here is found as ./proxy.yaml is anywhere else; targets on the command line go before it.
WORKDIR /etc/devproxy
USER 10001:10001
EXPOSE 8484
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["devproxy", "health"]
ENTRYPOINT ["devproxy"]
