# The portal as a container; docker-compose.yml runs one per process.

FROM node:22-slim AS frontend
WORKDIR /portal
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts && cp package-lock.json node_modules/.fetched

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PORTAL_HOME=/data BIND_HOST=0.0.0.0
RUN useradd --uid 10001 --home-dir /data --create-home portal
WORKDIR /portal
COPY requirements/run.txt requirements/run.txt
RUN pip install --no-cache-dir --require-hashes --requirement requirements/run.txt
COPY . .
COPY --from=frontend /portal/node_modules node_modules
RUN pip install --no-cache-dir --require-hashes --requirement requirements/icons.txt \
    && python scripts/frontend.py \
    && pip uninstall --yes fonttools \
    && rm -r node_modules
USER portal
VOLUME /data
EXPOSE 8000 8001 2121 2122-2221
CMD ["python", "-m", "mastportal.launcher.process", "web"]
