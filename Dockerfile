# One process, no rights, all it keeps in one volume.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY ayon_proxy ayon_proxy
COPY migrations migrations
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel .

FROM python:${PYTHON}-slim
# The locked versions first: this layer stays while only the program changes.
COPY requirements.lock /tmp/requirements.lock
RUN pip install --no-cache-dir --requirement /tmp/requirements.lock && rm /tmp/requirements.lock
COPY --from=build /wheel /wheel
RUN pip install --no-cache-dir --no-deps /wheel/*.whl && rm -r /wheel

# A fixed number, so that a bind mount can be given to it.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin ayon-proxy \
    && install --directory --owner ayon-proxy --group ayon-proxy --mode 0700 /var/lib/ayon-proxy
USER ayon-proxy
VOLUME /var/lib/ayon-proxy

# AYON_PROXY_UPSTREAM__URL is what is left to give.
ENV PYTHONUNBUFFERED=1 \
    AYON_PROXY_SERVER__HOST=0.0.0.0 \
    AYON_PROXY_SERVER__PORT=8080 \
    AYON_PROXY_STORAGE__DATA_DIR=/var/lib/ayon-proxy \
    AYON_PROXY_LOG__FORMAT=json
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import os, ssl, urllib.request as r; e = os.environ; s = 'https' if e.get('AYON_PROXY_SERVER__TLS_CERTIFICATE') else 'http'; r.build_opener(r.ProxyHandler({}), r.HTTPSHandler(context=ssl._create_unverified_context())).open(f\"{s}://127.0.0.1:{e['AYON_PROXY_SERVER__PORT']}/-/healthy\", timeout=2)"]
ENTRYPOINT ["ayon-proxy"]
CMD ["serve"]
