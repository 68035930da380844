# Lazuli needs Go, a C compiler and, for the tests that speak through Azure's own
# JavaScript clients and for the console, Node with npm. Everything else is fetched by the targets below.

GO       ?= go
NPM      ?= npm
PKGS     ?= ./...
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
LDFLAGS  := -X main.version=$(VERSION)
FUZZTIME ?= 1m

GOLANGCI_VERSION := v2.15.0
GOLANGCI         := bin/golangci-lint-$(GOLANGCI_VERSION)

CLIENTTESTS := api/clienttest forward/elastic/clienttest
CLIENTS     := $(addsuffix /node_modules/.package-lock.json,$(CLIENTTESTS))
DEMO_DATA   ?= .demo

export CGO_ENABLED := 1

# Debian's syslog receivers for the tests, unpacked and not installed: the packages exclude each other.
SYSLOG_DEBS := rsyslog rsyslog-openssl syslog-ng-core liblognorm5 libestr0 libfastjson4 libivykis0 libnet1 libpcre3 libwrap0
PEERS       := bin/peers/.unpacked

# Debian's Chromium does not run unpacked, so it is installed where we may.
FIND_CHROMIUM    := { [ -x "$$CHROMIUM" ] || command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null
INSTALL_CHROMIUM := { [ "$$(id -u)" = 0 ] && { apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core || \
	{ apt-get update -q && apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core; }; }; }

.PHONY: all console peers build demo test test-go test-pages test-console vet lint bench fuzz torture golden docs clean

all: console build

# The console's pages, which the program embeds. A program that is built without them says so in the browser.
console: web/dist/index.html

# The version comes from git where there is one; a source archive builds as well.
build:
	$(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/lazuli ./cmd/lazuli

# A fictional company's week through the production path, five questions, then a server with the company living on.
demo: console build
	bin/lazuli demo --data $(DEMO_DATA)

# Everything that must hold before a change lands, without caches.
test: test-go test-pages

test-go: vet $(CLIENTS) $(PEERS)
	$(GO) test -count=1 -timeout 9m $(PKGS)

# The console's logic, and the main paths through its pages in Chromium: the system's, the one that CHROMIUM names, or
# Debian's, which root may install. Where there is none the pages are not tried, and that is said.
test-pages: console build
	$(NPM) test --prefix web/app
	@if $(FIND_CHROMIUM) || $(INSTALL_CHROMIUM); then $(NPM) run e2e --prefix web/app -- --short; \
	else echo "SKIPPED the tests of the console's pages: no Chromium; install the package chromium, or set CHROMIUM" >&2; fi

# All that the console's pages do. Screenshots are left in web/app/e2e/artefacts.
test-console: console build
	$(NPM) test --prefix web/app
	@$(FIND_CHROMIUM) || $(INSTALL_CHROMIUM)
	$(NPM) run e2e --prefix web/app

vet:
	$(GO) vet $(PKGS)

lint: $(GOLANGCI)
	$(GOLANGCI) run $(PKGS)
	$(GO) test -count=1 ./internal/lint

# Go benchmarks, then ingest over HTTP and the queries of bench/queries.kql.
bench: build $(PEERS)
	$(GO) test -run '^$$' -bench . -benchmem -timeout 60m $(PKGS)
	bench/run

# Every fuzz test for FUZZTIME each.
fuzz:
	GO='$(GO)' bench/fuzz $(FUZZTIME)

# The long campaigns: hundreds of kill -9 under load, every fault at every write, a million rows to
# receivers that fail.
torture: $(PEERS)
	LAZULI_TORTURE=1 $(GO) test -count=1 -timeout 6h -v -run 'Fault|Fsync|Kill|DiskFull|Damage' \
		./store ./internal/durable ./cmd/lazuli ./pipeline ./forward/syslog

# Rewrites the derived golden files and the generated reference; a clean tree shows no diff.
golden: docs
	$(GO) test -count=1 ./kql/syntax ./kql/kqltest -update

docs:
	$(GO) run ./internal/gendocs

clean:
	rm -rf bin web/dist $(DEMO_DATA)

# The official JavaScript clients, at the versions in the lock file.
$(CLIENTS): %/node_modules/.package-lock.json: %/package.json %/package-lock.json
	$(NPM) ci --no-audit --no-fund --prefix $*
	@touch $@

peers: $(PEERS)

# Where there is no apt the tests with these receivers are skipped, but in CI.
$(PEERS):
	@mkdir -p bin/peers/debs bin/peers/syslog
	-cd bin/peers/debs && { apt-get download -q $(SYSLOG_DEBS) || { apt-get update -q && apt-get download -q $(SYSLOG_DEBS); }; } && \
		for deb in *.deb; do dpkg -x "$$deb" ../syslog; done && touch ../.unpacked

web/app/node_modules/.package-lock.json: web/app/package.json web/app/package-lock.json
	$(NPM) ci --no-audit --no-fund --prefix web/app
	@touch $@

web/dist/index.html: web/app/node_modules/.package-lock.json $(shell find web/app/src web/app/public web/app/scripts -type f) web/app/index.html web/app/vite.config.ts
	$(NPM) run build --prefix web/app
	@touch $@

$(GOLANGCI):
	@mkdir -p bin/tools
	GOBIN='$(CURDIR)/bin/tools' $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv bin/tools/golangci-lint $@
