SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test check bench dev demo build fmt deps a11y screenshots docs-pictures

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start Tessera on http://127.0.0.1:8080, its data in ./data (more flags: ARGS="...")
	go run ./cmd/tessera serve $(ARGS)

test: ## Run every test once with the race detector; name the skipped ones
	go run ./.ci/gotest -race -timeout=20m ./...

check: ## What CI checks besides: format, vet, staticcheck, generated files, modules, known holes
	.ci/check

bench: ## Measure against the baselines and goals of docs/performance.md (takes minutes)
	go test -count=1 -run=Allocations -bench=. -benchmem ./handlers
	go run ./cmd/bench $(ARGS)

dev: ## Serve with live reload on http://127.0.0.1:7331
	@# Watch mode writes code that must not be committed, and so does not survive it.
	trap 'go tool templ generate -path=views' EXIT; \
	go tool templ generate --watch --open-browser=false --proxy=http://127.0.0.1:8080 --cmd='go run ./cmd/tessera serve --dev $(ARGS)'

demo: ## Fill ./data/demo with plausible people and tokens, and serve it
	go run ./cmd/tessera demo --data=data/demo --users=20 --tokens=500
	go run ./cmd/tessera serve --data=data/demo $(ARGS)

build: ## Build bin/tessera, stripped
	go build -trimpath -ldflags='-s -w' -o bin/tessera ./cmd/tessera

fmt: ## Format Go and templ files
	go tool templ fmt views
	go tool templ generate -path=views
	gofmt -w $$(git ls-files '*.go')

deps: ## Install what the tests need beyond Go: PostgreSQL, Chromium, a Japanese font, Java, npm packages
	.ci/deps

a11y: ## Check every page in every state, theme, language and width with axe and Nu, then Lighthouse (takes minutes)
	TESSERA_A11Y=full go test -count=1 -timeout=60m -run='^TestGallery' -v ./cmd/tessera
	.ci/lighthouse

screenshots: ## Take pictures of the running program: README's into docs/images, of the whole way into ./shots
	TESSERA_SHOTS=$(CURDIR)/docs/images go test -count=1 -timeout=5m -run='^TestPictures$$' ./cmd/tessera
	TESSERA_SHOTS=$(CURDIR)/shots go test -count=1 -timeout=20m -run='^TestStranger$$' ./cmd/tessera

docs-pictures: ## Take the pictures of docs/openapi-project.md anew
	mkdir -p docs/pictures
	TESSERA_DOCS=$(CURDIR)/docs/pictures go test -count=1 -timeout=20m -run='^TestWay$$/(English,_script|Japanese,_script)' ./cmd/tessera
