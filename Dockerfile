# One image for all stages: `docker run daylapse run`, or a stage per container as docker-compose.yml has it.

FROM swift:6.3-bookworm AS build
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends libssl-dev libzmq3-dev pkg-config zlib1g-dev \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
WORKDIR /src
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib --product daylapse \
 && install -Ds .build/release/daylapse /out/daylapse

FROM debian:bookworm-slim
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends libssl3 libstdc++6 libzmq5 zlib1g \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin \
 && useradd --create-home --uid 10001 daylapse \
 && install -d -o daylapse -g daylapse /days
COPY --from=build /out/daylapse /usr/local/bin/daylapse
USER daylapse
WORKDIR /days
VOLUME /days
ENTRYPOINT ["daylapse"]
CMD ["--help"]
