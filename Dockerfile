# One image for every igwatch service: the locked packages, the tree, no shell tricks, no root.
# It runs as whatever user compose says, with a read-only root, and needs no network. LOCK is runtime,
# or workers with Celery too; neither has developers' tools.
ARG PYTHON=3.12-slim-bookworm

FROM python:${PYTHON} AS packages
ARG LOCK=runtime
RUN python -m venv /opt/igwatch/.venv
COPY requirements.${LOCK}.lock requirements.build.lock /tmp/
RUN /opt/igwatch/.venv/bin/pip install --no-cache-dir --disable-pip-version-check \
    --no-deps --require-hashes --requirement /tmp/requirements.${LOCK}.lock
# what builds igwatch is thrown away with it
COPY . /tmp/igwatch
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check \
    --no-deps --require-hashes --requirement /tmp/requirements.build.lock \
    && /opt/build/bin/pip wheel --disable-pip-version-check --no-deps --no-build-isolation \
    --wheel-dir /tmp/wheel /tmp/igwatch \
    && /opt/igwatch/.venv/bin/pip install --disable-pip-version-check --no-deps --no-index \
    /tmp/wheel/igwatch-*.whl

FROM python:${PYTHON}
# who signed the rules is checked by ssh-keygen, which asks for the name of its account
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && echo "igwatch:x:10001:10001::/srv/igwatch:/usr/sbin/nologin" >> /etc/passwd
ENV PATH=/opt/igwatch/.venv/bin:/usr/local/bin:/usr/bin:/bin
ENV PYTHONPATH=/opt/igwatch
# another number than 10001 has no entry in /etc/passwd; Airflow asks for a name all the same
ENV LOGNAME=igwatch
ENV HOME=/tmp
ENV PYTHONUNBUFFERED=1
ENV PYTHONDONTWRITEBYTECODE=1
COPY --from=packages /opt/igwatch/.venv /opt/igwatch/.venv
COPY . /opt/igwatch
RUN python -m compileall -q /opt/igwatch/dags /opt/igwatch/igwatch /opt/igwatch/transforms \
    /opt/igwatch/warehouse /opt/igwatch/expectations /opt/igwatch/reports \
    && chmod -R a+rX /opt/igwatch/[a-z]* \
    && mkdir -p /srv/igwatch /var/log/airflow \
    && chown 10001:10001 /srv/igwatch /var/log/airflow
WORKDIR /opt/igwatch
USER 10001:10001
ENTRYPOINT ["/opt/igwatch/deploy/entry"]
CMD ["igwatch", "--help"]
