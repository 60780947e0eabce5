# igwatch: `make` lists what there is.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.installed
COMPOSE = $(if $(WORKERS),IGWATCH_EXECUTOR=CeleryExecutor IGWATCH_IMAGE=workers )docker compose $(if $(WORKERS),--profile workers)

.DEFAULT_GOAL := help
.PHONY: bench-build bench-burden bench-compact bench-csv bench-hl7 bench-link bench-night bench-report bench-small check conformance demo dictionary down fix fuzz-hl7 help lock logs models mutants pictures population preview-golden sbom secrets setup test test-bounded test-browser test-clients test-crash test-docs test-examples test-faults test-fhir test-homes test-nights test-privacy test-property test-region test-runbook test-sign test-stack test-third-rule test-validate test-walkthrough test-wheel up

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## install everything from requirements.lock (with hashes) into .venv

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v=sys.version_info[:2]; sys.exit(0 if (3,11)<=v<=(3,13) else "igwatch needs Python 3.11, 3.12 or 3.13; run: make setup PYTHON=python3.12")'
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (a few minutes the first time)"
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## sample feeds through Airflow over several nights: who is flagged and why
	@$(RUN) -m igwatch.command.demo

test: setup ## the tests; FILE=tests/... runs one file, folder or test
ifdef FILE
	@$(RUN) -m pytest -m "heavy or not heavy" $(FILE)
else
	@$(RUN) -m pytest -m "not heavy" -n 2 --dist loadfile
endif

test-clients: setup ## what is published and its panels, opened by DuckDB 1.4, 1.5, 2.0, SQLAlchemy and Node: a matrix
	@$(RUN) -m pytest tests/warehouse/test_clients.py tests/warehouse/test_audience.py tests/warehouse/test_panels.py

test-crash: setup ## readers through many publications; publishing, compaction and landing of many files killed before every disk call
	@$(RUN) -m pytest tests/warehouse/test_crash.py tests/warehouse/test_reader.py tests/transforms/parse/raw/test_compaction.py tests/transforms/parse/test_land_many_killed.py tests/transforms/parse/hl7/test_parallel.py -m heavy

test-bounded: setup ## a night of each file that once took gigabytes stays below 2 GB; a file of 1 GB below 1 (5 min)
	@$(RUN) -m pytest -m heavy tests/igwatch/night/test_bounded.py

test-browser: setup ## the pages in Debian's chromium (apt-get install chromium)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/browser/axe.txt
	@$(RUN) -m pytest tests/browser

pictures: setup ## the pictures in docs/, from the browser tests
	@PICTURES=docs $(RUN) -m pytest tests/browser/test_picture.py tests/browser/test_feedback.py tests/browser/test_proof_picture.py tests/browser/test_sign.py tests/browser/test_validation.py -k "not dark and pict"

dictionary: setup ## every table and column as a page, var/dictionary.md
	@$(RUN) -m warehouse.dictionary_page

models: setup ## docs/models.md anew from the models' headers
	@$(RUN) -m warehouse.model_page

conformance: setup ## the rules' cases, by rule and sentence, the oracle on 20,000 histories, the pack through a night
	@$(RUN) -m pytest tests/conformance --by-sentence

fuzz-hl7: setup ## mutated HL7 messages for FUZZ_SECONDS (60)
	@$(RUN) -m pytest tests/fuzz

test-homes: setup ## whole homes: compacted, in buckets, rolled back, released, replayed, on a share, with warnings; SHARE=1/2
	@$(RUN) -m pytest -m heavy -n 2 --dist loadfile $(if $(SHARE),--share $(SHARE)) tests/test_traps.py tests/igwatch/command/test_generations.py tests/igwatch/command/test_letters.py tests/igwatch/command/test_quarantine.py tests/igwatch/decision/test_release.py tests/igwatch/exchange/test_funnel.py tests/igwatch/inquiry/test_explain.py tests/igwatch/inquiry/test_explain_notice.py tests/igwatch/inquiry/test_feedback.py tests/igwatch/inquiry/test_replay.py tests/igwatch/inquiry/test_replay_across_versions.py tests/igwatch/inquiry/test_sensitivity.py tests/igwatch/night/test_clearance.py tests/igwatch/night/test_compacted_home.py tests/igwatch/night/test_course_over_nights.py tests/igwatch/night/test_damage.py tests/igwatch/night/test_exposure_rows.py tests/igwatch/night/test_faults.py tests/igwatch/night/test_home_of_first_release.py tests/igwatch/night/test_landing.py tests/igwatch/night/test_lineage.py tests/igwatch/night/test_linked_persons.py tests/igwatch/night/test_listed_merge.py tests/igwatch/night/test_loss.py tests/igwatch/night/test_metrics.py tests/igwatch/night/test_mounted_inbox.py tests/igwatch/night/test_night.py tests/igwatch/night/test_partition.py tests/igwatch/night/test_shared_storage.py tests/igwatch/night/test_small_count.py tests/igwatch/night/test_undone_merge.py tests/igwatch/night/test_urgent.py tests/igwatch/night/test_warnings_carried.py tests/igwatch/prove tests/igwatch/site tests/expectations/test_frame.py --ignore tests/igwatch/site/test_pseudonym.py

test-examples: setup ## the worked examples, the sample region, a drawn hospital, night by night
	@$(RUN) -m pytest -m heavy -n 2 --dist loadfile $(if $(SHARE),--share $(SHARE)) tests/benchmarks tests/test_worked_examples.py tests/igwatch/night/test_samples.py

test-privacy: setup ## who may see what, on whole nights: modes, tables, texts; who is forgotten (root)
	@$(RUN) -m pytest -m heavy -n 2 --dist loadfile $(if $(SHARE),--share $(SHARE)) tests/privacy tests/igwatch/site/test_pseudonym.py tests/igwatch/decision/test_forget.py

mutants: setup ## faults made on purpose in rules and keys, each to be seen by a test; ONLY=word, EVERY=n
	@$(RUN) -m tests.mutants $(if $(ONLY),--only "$(ONLY)") $(if $(EVERY),--every $(EVERY))

preview-golden: setup ## how every HL7 quirk's golden file would be read, and the same as FHIR; what the checks would say
	@$(RUN) -m pytest $(if $(SHARE),--share $(SHARE)) tests/igwatch/inquiry/test_preview.py tests/igwatch/inquiry/test_preview_checks.py tests/transforms/parse/fhir/test_guide.py -m "heavy or not heavy"

bench-hl7: setup ## messages/s beside hl7apy, python-hl7 and a bare split
	@$(RUN) -m benchmarks.hl7

bench-csv: setup ## rows/s of CSV beside pyarrow, DuckDB and pandas; of FHIR beside json
	@$(RUN) -m benchmarks.delimited

bench-build: setup ## 1, 5 and 20 million results/s from raw to flags, with memory (5 min)
	@$(RUN) -m benchmarks.build

bench-burden: setup ## what a hospital's years ask of the clinic: PANELS=10000 YEARS=3 SEED=7 PROCESSES=2 COUNTED=104, OLD=no leaves 2026.1 out
	@$(RUN) -m benchmarks.burden $(if $(PANELS),--panels $(PANELS)) $(if $(YEARS),--years $(YEARS)) $(if $(SEED),--seed $(SEED)) $(if $(PROCESSES),--processes $(PROCESSES)) $(if $(COUNTED),--counted $(COUNTED)) $(if $(filter no,$(OLD)),--without-old) $(if $(KEEP),--keep $(KEEP))

bench-night: setup ## a night of 1,000,000 HL7 messages, from the inbox to the report (5 min)
	@$(RUN) -m benchmarks.night

bench-report: setup ## the report of 1,000, 4,000 and 16,000 patients of one clinic (5 min)
	@$(RUN) -m benchmarks.report

bench-small: setup ## commands to the first line, a night of one message, 20,000 files of one message each
	@$(RUN) -m benchmarks.small

bench-compact: setup ## 40,000 small raw files, built from before and after compaction
	@$(RUN) -m benchmarks.compaction

bench-link: setup ## precision and recall of suggested links on febrl4, and the threshold without a false one
	@$(RUN) -m benchmarks.link

check: setup ## lint Python and SQL, check the types; changes nothing
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/sqlfluff lint --disable-progress-bar -q transforms warehouse/panels warehouse/omop/view
	@$(VENV)/bin/mypy

fix: setup ## mend what the linters can mend
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/sqlfluff fix --disable-progress-bar -q transforms warehouse/panels warehouse/omop/view

COMPILE = uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

lock: ## write the locks anew: all of it, and of the same versions a server's, its workers', the build's (needs uv)
	$(COMPILE) --extra dev --extra server --extra workers pyproject.toml -o requirements.lock
	$(COMPILE) --constraint requirements.lock --extra server pyproject.toml -o requirements.runtime.lock
	$(COMPILE) --constraint requirements.lock --extra server --extra workers pyproject.toml -o requirements.workers.lock
	echo setuptools | $(COMPILE) --constraint requirements.lock - -o requirements.build.lock

sbom: setup ## a bill of materials (CycloneDX, validated) of a server, var/sbom.cdx.json; LOCK=runtime is one without workers
	@mkdir -p var
	@$(VENV)/bin/cyclonedx-py requirements requirements.$(or $(LOCK),workers).lock --pyproject pyproject.toml \
		--output-reproducible --validate --output-file var/sbom.cdx.json
	@echo var/sbom.cdx.json

secrets: ## the keys and passwords for docker compose, made once, each a file for the owner alone
	@deploy/secrets

up: ## start Airflow with docker compose; WORKERS=2 adds Redis and that many Celery workers
	@test -e .env || { echo "run make secrets first"; exit 1; }
	@deploy/folders
	@$(COMPOSE) up --detach $(if $(WORKERS),--scale worker=$(WORKERS))

down: ## stop it; the home, the logs and the database stay
	@docker compose --profile workers down

logs: ## what the services say, as it comes
	@docker compose --profile workers logs --follow --tail 100

test-faults: setup ## KILLS=200 nights killed, full disks, flipped bits, clocks that jump, two at once; EVERY=n (root; apt-get install faketime)
	@KILLS=$(or $(KILLS),200) FAULTS_EVERY=$(or $(EVERY),1) $(RUN) -m pytest -n 2 --dist load $(if $(SHARE),--share $(SHARE)) tests/faults -m heavy

test-fhir: setup ## what is exported as FHIR R4, judged by three validators not ours (npm) and R4's invariants, read back, compared
	@$(RUN) -m pytest tests/igwatch/exchange -m "heavy or not heavy"

test-docs: setup ## README, walkthrough and runbook, followed (what else the pages say is in make test)
	@$(RUN) -m pytest tests/docs -m heavy -n 2 --dist loadfile $(if $(SHARE),--share $(SHARE))

test-third-rule: setup ## a third rule as one module and its rows: flagged, explained, replayed, reviewed, counted
	@$(RUN) -m pytest tests/third_rule -m heavy

test-omop: setup ## repeated patterns as Circe expressions by two OHDSI engines over omop.duckdb, each difference with its reason; the conformance pack scored
	@$(RUN) -m pytest tests/warehouse/omop -m "heavy or not heavy"

test-validate: setup ## a draw of a whole night; shares, limits and kappa beside other libraries; 1,000 draws of a known truth
	@$(RUN) -m pytest tests/igwatch/validation -m "heavy or not heavy"

test-walkthrough: setup ## docs/new_feed.md alone, followed to the letter
	@$(RUN) -m pytest tests/docs/test_walkthrough.py

test-nights: setup ## NIGHTS=30 (8 or more) in a row through Airflow, with faults, kills and re-runs
	@NIGHTS=$(or $(NIGHTS),30) $(RUN) -m pytest tests/dags -m heavy

test-runbook: setup ## the commands of docs/runbook.md alone, run as they stand
	@$(RUN) -m pytest tests/docs/test_runbook.py -m heavy

test-sign: setup ## rules signed by real keys, tampered, expired, of another; the page in a browser (chromium, openssh-client)
	@$(RUN) -m pytest tests/igwatch/site/test_signoff.py tests/igwatch/command/test_sign.py tests/reports/test_sign_page.py tests/browser/test_sign.py -m "heavy or not heavy"

test-stack: setup ## docker-compose.yml without Docker: PostgreSQL, Redis, two workers, one killed (root)
	@tests/stack/apart /opt/igwatch/.venv/bin/python -m pytest tests/stack -m heavy -s

test-wheel: setup ## the wheel, installed into a fresh environment, runs a night
	@$(RUN) -m pytest tests/test_wheel.py -m heavy

population: setup ## what the rules find among 20,000 simulated patients, beside the truth and papers
	@$(RUN) -m benchmarks.population 20000

test-region: setup ## a simulated dirty region of PATIENTS (100000): every grain unique, igwatch verify holds
	@IGWATCH_PATIENTS=$(or $(PATIENTS),100000) $(RUN) -m pytest tests/igwatch/night/test_region.py -m heavy

test-property: setup ## 500 SHUFFLES: order, files and repetition change nothing; every property on new draws
	@IGWATCH_SHUFFLES=$(or $(SHUFFLES),500) $(RUN) -m pytest --hypothesis-profile $(or $(DRAWS),new) tests/property $(shell grep -rl "^from hypothesis import given" tests/transforms)
