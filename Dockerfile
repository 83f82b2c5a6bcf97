# A static binary in an empty image, run by an unprivileged user.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -o /out/usr/bin/cdcd ./cmd/cdcd
# What a static binary still takes from its machine: trusted certificates, time
# zones, and folders that the user below may write to.
RUN mkdir -p /out/etc/ssl/certs /out/usr/share /out/var/lib/cdcd /out/tmp \
 && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ \
 && cp "$(go env GOROOT)/lib/time/zoneinfo.zip" /out/usr/share/zoneinfo.zip \
 && chmod 1777 /out/tmp && chown 65532:65532 /out/var/lib/cdcd

FROM scratch
COPY --from=build /out/ /
ENV ZONEINFO=/usr/share/zoneinfo.zip
USER 65532:65532
WORKDIR /var/lib/cdcd
VOLUME /var/lib/cdcd
EXPOSE 8083
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/cdcd"]
CMD ["run", "--config", "/etc/cdcd/cdcd.yaml"]
