# What one can do here: `make help`. Needs Python ≥ 3.12 (found by itself) and nothing else.
.DEFAULT_GOAL := help
.PHONY: help install run test test-all torture mutants lint format graph messages demo realdata bench audit lock clean

HOST ?= 127.0.0.1
PORT ?= 8000
PY := .venv/bin/python
# Development unless the environment or .env says otherwise.
DEVELOPMENT = if [ -z "$${DEBUG:-}" ] && ! grep -qs '^DEBUG=' .env; then export DEBUG=1; fi;

help: ## list what one can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## make the environment in .venv
	@requirements/install.sh

run: install ## serve on http://127.0.0.1:8000 with demo data (PORT=…, HOST=…); Ctrl-C stops everything
	@$(DEVELOPMENT) exec $(PY) manage.py serve --watch-parent --host $(HOST) --port $(PORT)

test: install ## run all tests on PostgreSQL + Redis, what SQL and files concern on SQLite too, a browser (ARGS="…" goes to pytest)
	@exec $(PY) -m tests.run $(ARGS)

test-all: install ## the whole suite on both databases, with the coverage gate: once a week
	@exec $(PY) -m tests.run --everything $(ARGS)

torture: install ## kill, freeze and fuzz it at full size: an hour (ARGS="…" goes to pytest; FAULT_SEED=… repeats a run)
	@exec $(PY) -m tests.torture $(ARGS)

mutants: install ## plant known faults in a copy, one by one, and see that a test finds each (ARGS="ledger quests": only these)
	@exec $(PY) -m tests.mutants $(ARGS)

lint: install ## style, types, import rules, migrations, templates, messages
	@exec $(PY) -m tests.lint

format: install ## put code and templates into their canonical format
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format . ; .venv/bin/djlint --reformat --quiet templates || true

graph: install ## draw who imports whom into docs/architecture.md
	@exec $(PY) -m tests.import_graph

messages: install ## bring locale/ up to date with the code, say what is untranslated
	@$(DEVELOPMENT) $(PY) manage.py messages

demo: install ## load the demo programme into the database and print its log-ins
	@$(DEVELOPMENT) $(PY) manage.py prepare --demo

realdata: install ## check against the real data in ZHETON_DATA (default ../shared/data)
	@ZHETON_DATA="$${ZHETON_DATA:-../shared/data}"; export ZHETON_DATA; \
	if [ ! -d "$$ZHETON_DATA" ]; then echo "$$ZHETON_DATA is not there: set ZHETON_DATA to the folder with the real data." >&2; exit 1; fi; \
	exec $(PY) -m pytest tests/realdata $(ARGS)

bench: install ## measure against the floors of docs/performance.md (ARGS="ledger rest": only these)
	@$(DEVELOPMENT) exec $(PY) -m benchmarks $(ARGS)

audit: install ## Lighthouse on the main pages (needs Node and Chromium); fails below 95
	@exec $(PY) -m benchmarks.lighthouse

lock: install ## compile requirements/*.in to exact versions with hashes (UPGRADE=1 for newer ones)
	@exec requirements/lock.sh

clean: ## remove the environment and everything the product wrote here (the development database too)
	@rm -rf .venv var
