# Works with any Node >= 20 on PATH: an older one than the workspace needs only fetches the right one, once.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help test unit system tools lint build demo bench docs wheel format clean

node_ok   := $(shell node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>=26||(a===24&&b>=15)?0:1)' 2>/dev/null && echo yes)
node_home := $(CURDIR)/tools/node/node_modules
ifneq ($(node_ok),yes)
  export PATH := $(node_home)/.bin:$(PATH)
  node_installed := $(node_home)/.package-lock.json
endif
# Workspace packages resolve to their sources: no build between an edit and a test.
export NODE_OPTIONS := --conditions=countermark-source --disable-warning=ExperimentalWarning
tested := node_modules/.package-lock.json

help: ## What there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

demo: $(tested) ## See the point in some minutes: an index, real packages, an attack
	node tools/demo/demo.ts

test: build lint tools ## Types, lint and every test
	node tools/test/run.ts

unit: $(tested) ## The packages' own tests only
	node tools/test/run.ts packages

system: tools ## Real tools against real processes only
	node tools/test/run.ts test

bench: build tools ## Measure against peers, in one run
	node test/bench/bench.ts
	node test/bench/gate.ts
	node test/bench/publishing.ts
	node test/bench/claims/promotion.ts
	node test/bench/claims/claimed-installs.ts
	node test/bench/serving/serving.ts

tools: $(tested)
	node tools/python/set-up.ts demo-packages node-binaries

lint: $(tested)
	npm run --silent lint

build: $(tested)
	npm run --silent build

docs: $(tested) ## Write the pages that are made from the code
	node tools/docs/errors.ts
	node tools/docs/bypasses.ts
	node tools/docs/exit-codes.ts

wheel: $(tested) ## Build the Python wheel `countermark` into dist/
	node tools/wheel/build.ts

format: $(tested)
	npm run --silent format

$(tested): package.json package-lock.json $(wildcard packages/*/package.json) $(node_installed)
	npm ci
	@touch $@

$(node_home)/.package-lock.json: tools/node/package-lock.json
	cd tools/node && npm ci
	@touch $@

clean: ## Forget everything that was built or fetched
	rm -rf node_modules tools/node/node_modules packages/*/dist packages/*.tgz .cache .demo
