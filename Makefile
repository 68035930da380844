# Lazuli needs Go, a C compiler and, for the tests that speak through Azure's own
# JavaScript clients, Node with npm. Everything else is fetched by the targets below.

GO       ?= go
NPM      ?= npm
PKGS     ?= ./...
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
LDFLAGS  := -X main.version=$(VERSION)
FUZZTIME ?= 1m

GOLANGCI_VERSION := v2.15.0
GOLANGCI         := bin/golangci-lint-$(GOLANGCI_VERSION)

CLIENTTEST  := api/clienttest
CLIENTS     := $(CLIENTTEST)/node_modules/.package-lock.json
DEMO_DATA   ?= .demo

export CGO_ENABLED := 1

.PHONY: all build demo test vet lint bench fuzz torture golden docs clean

all: build

# The version comes from git where there is one; a source archive builds as well.
build:
	$(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/lazuli ./cmd/lazuli

# A fictional company's day through the production path, five questions, then a server.
demo: build
	bin/lazuli demo --data $(DEMO_DATA)

# Everything that must hold before a change lands, without caches.
test: vet $(CLIENTS)
	$(GO) test -count=1 -timeout 9m $(PKGS)

vet:
	$(GO) vet $(PKGS)

lint: $(GOLANGCI)
	$(GOLANGCI) run $(PKGS)
	$(GO) test -count=1 ./internal/lint

# Go benchmarks, then ingest over HTTP and the queries of bench/queries.kql.
bench: build
	$(GO) test -run '^$$' -bench . -benchmem -timeout 60m $(PKGS)
	bench/run

# Every fuzz test for FUZZTIME each.
fuzz:
	GO='$(GO)' bench/fuzz $(FUZZTIME)

# The long campaigns: hundreds of kill -9 under load and every fault at every write.
torture:
	LAZULI_TORTURE=1 $(GO) test -count=1 -timeout 6h -v -run 'Fault|Fsync|Kill|DiskFull|Damage' \
		./store ./internal/durable ./cmd/lazuli

# Rewrites the derived golden files and the generated reference; a clean tree shows no diff.
golden: docs
	$(GO) test -count=1 ./kql/syntax ./kql/kqltest -update

docs:
	$(GO) run ./internal/gendocs

clean:
	rm -rf bin $(DEMO_DATA)

# The official JavaScript clients, at the versions in the lock file.
$(CLIENTS): $(CLIENTTEST)/package.json $(CLIENTTEST)/package-lock.json
	$(NPM) ci --no-audit --no-fund --prefix $(CLIENTTEST)
	@touch $@

$(GOLANGCI):
	@mkdir -p bin/tools
	GOBIN='$(CURDIR)/bin/tools' $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv bin/tools/golangci-lint $@
