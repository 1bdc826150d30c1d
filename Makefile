# EnvZones. `make setup` once, then `make demo`, `make run`, `make test`; `make help` lists the rest.
# Every target may be interrupted and run again; what is done already is not done twice.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := help

STAMPS := build/stamps
HERE := $(shell pwd -P)
SITE = $(HERE)/$(firstword $(wildcard .venv/lib/python3*/site-packages))

# The environment of everything that runs in QGIS's Python: PROJ's data from the system, no screen, a profile
# of the project's own, .venv's libraries before the system's, QGIS's own Python plugins (processing).
QGIS_ENV = env -u DISPLAY -u WAYLAND_DISPLAY LC_ALL=C.UTF-8 PROJ_DATA=/usr/share/proj QT_QPA_PLATFORM=offscreen \
	QGIS_CUSTOM_CONFIG_PATH="$(HERE)/build/profile" PYTHONNOUSERSITE=1 \
	PYTHONPATH="$(SITE):/usr/share/qgis/python:/usr/share/qgis/python/plugins"
RUN_ENV = env PROJ_DATA=/usr/share/proj QGIS_CUSTOM_CONFIG_PATH="$(HERE)/build/profile" PYTHONNOUSERSITE=1 \
	PYTHONPATH="$(SITE)"

DEMO := build/demo
SOURCES = $(shell find __init__.py plugin layers resources -type f -not -name '*.pyc' -not -path '*/__pycache__/*' -not -path 'resources/help/*' 2>/dev/null | tr ' ' '?')

.PHONY: help setup demo run test test-engine test-qgis test-gui test-package test-bare lint bench bench-short bench-functions bench-river bench-quality bench-startup bench-probe bench-import bench-atlas gallery fuzz fuzz-long package \
	docs screenshots translations clean distclean FORCE

help: ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

# --- set-up -----------------------------------------------------------------------------------------------
# A stamp holds the folder it was made for; it counts only while what it stands for is still there.

stale = $(if $(and $(filter $(HERE),$(shell cat $(STAMPS)/$(1) 2>/dev/null)),$(wildcard $(2))),,FORCE)
stamped = mkdir -p $(STAMPS) && printf '%s\n' "$(HERE)" >$@

TRANSLATIONS = $(patsubst %.ts,%.qm,$(wildcard i18n/*.ts))
GUIDE = resources/help/zh/index.html

setup: $(STAMPS)/apt $(STAMPS)/venv $(STAMPS)/venv-engine $(STAMPS)/profile $(TRANSLATIONS) $(GUIDE) ## bring this machine to a working state
	@:

$(STAMPS)/apt: .ci/apt.txt .ci/apt.sh $(call stale,apt,/usr/bin/qgis.bin)
	@.ci/apt.sh && $(stamped)

$(STAMPS)/venv: .ci/requirements-qgis.txt .ci/venv.sh pyproject.toml setup.py $(STAMPS)/apt $(call stale,venv,.venv/bin/envzones)
	@.ci/venv.sh qgis && $(stamped)

$(STAMPS)/venv-engine: .ci/requirements-engine.txt .ci/venv.sh pyproject.toml setup.py $(STAMPS)/apt $(call stale,venv-engine,.venv-engine/bin/envzones)
	@.ci/venv.sh engine && $(stamped)

$(STAMPS)/profile: .ci/profile.sh $(STAMPS)/apt $(call stale,profile,build/profile/profiles/default/python/plugins/envzones)
	@.ci/profile.sh && $(stamped)

i18n/%.qm: i18n/%.ts $(STAMPS)/apt
	@/usr/lib/qt5/bin/lrelease -silent $< -qm $@

$(GUIDE): docs/build_guide.py plugin/project/guide.py $(wildcard docs/guide/*/*.md docs/img/*/*.png) $(STAMPS)/venv
	@.venv/bin/python docs/build_guide.py

FORCE:

# --- use --------------------------------------------------------------------------------------------------

demo: setup ## Jiyuan's map, checks, ledger, report and printed map in build/demo
	@$(QGIS_ENV) .venv/bin/python -m envzones.plugin.demo --out $(DEMO)
	@mkdir -p $(STAMPS) && printf '%s\n' "$(HERE)" >$(STAMPS)/demo

run: setup $(STAMPS)/demo ## open QGIS with the plugin and the demonstration project
	@[[ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]] || { echo "make run needs a screen: run it on a desktop, or as 'xvfb-run make run'" >&2; exit 1; }
	@$(RUN_ENV) qgis.bin --noversioncheck "$(DEMO)/jiyuan.qgz"

$(STAMPS)/demo: $(SOURCES) $(STAMPS)/venv $(call stale,demo,$(DEMO)/jiyuan.qgz)
	@$(MAKE) demo

gallery: setup $(STAMPS)/demo ## every product of the demonstration as pictures, with what is wrong with them
	@$(QGIS_ENV) .venv/bin/python docs/gallery.py --out build/gallery

docs: screenshots ## take the pictures anew and build the user guide that the plugin opens
	@.venv/bin/python docs/build_guide.py

screenshots: setup $(STAMPS)/demo ## the pictures in docs/, taken by a script
	@env -u WAYLAND_DISPLAY $(RUN_ENV) .venv/bin/python docs/screenshots.py

translations: setup ## collect what is to be translated into i18n/envzones_zh_CN.ts
	@.venv/bin/python i18n/update.py

# --- proof ------------------------------------------------------------------------------------------------

lint: setup ## ruff, bandit, secrets, and the house's own rules
	@.venv/bin/python .ci/lint.py

test: setup $(STAMPS)/demo ## all tests: engine (with and without QGIS's libraries), QGIS, a real window, the zip
	@.venv/bin/python .ci/test.py all

test-engine: setup
	@.venv/bin/python .ci/test.py engine engine-qgis-libraries

test-qgis: setup
	@.venv/bin/python .ci/test.py qgis

test-gui: setup $(STAMPS)/demo
	@.venv/bin/python .ci/test.py gui

test-package: setup $(STAMPS)/demo
	@.venv/bin/python .ci/test.py package

test-bare: ## prove the set-up from nothing: the committed state in a fresh Debian 12 (as root)
	@.ci/bare.sh

bench: setup $(STAMPS)/demo ## ours and the peers in one run, with every goal: benchmarks/RESULTS.md (an hour and more; ONLY=siting,river)
	@.venv-engine/bin/python -m envzones.benchmarks $(if $(ONLY),--only "$(ONLY)") $(if $(OUT),--out "$(OUT)")

bench-short: setup $(STAMPS)/demo ## the same at a tenth, under three minutes, to the screen only
	@.venv-engine/bin/python -m envzones.benchmarks --short $(if $(ONLY),--only "$(ONLY)")

bench-functions: setup ## single functions, beside the last run's times
	@.venv-engine/bin/python -m envzones.benchmarks.functions

SCALE ?= 1
PEERS ?= qgis,pgrouting
bench-river: setup ## 1,000 river sections on 100,000 reaches beside QGIS and pgRouting (SCALE=0.1: a city; PEERS=none)
	@.venv-engine/bin/python -m envzones.benchmarks.river --scale "$(SCALE)" --peers "$(PEERS)"

bench-quality: setup ## 100,000 zones validated beside QGIS's own checks (SCALE=0.1: a tenth; PEERS=none)
	@.venv-engine/bin/python -m envzones.benchmarks.quality --scale "$(SCALE)" --peers "$(if $(filter none,$(PEERS)),none,qgis)"

bench-probe: setup ## a site under the mouse over 20,000 zones, for each city, beside the whole check and geopandas (PEERS=none)
	@.venv-engine/bin/python -m envzones.benchmarks.probe --peers "$(if $(filter none,$(PEERS)),none,all)"

bench-import: setup ## a million rows of CSV into a map beside ogr2ogr (SCALE=0.1: a tenth)
	@.venv-engine/bin/python -m envzones.benchmarks.import_csv --scale "$(SCALE)"

bench-atlas: setup ## an atlas of 100 river sections beside QGIS's own atlas of the same page (SCALE=0.1: ten pages)
	@$(QGIS_ENV) .venv/bin/python -m envzones.benchmarks.atlas --scale "$(SCALE)"

bench-startup: setup ## what the plugin adds to the start of QGIS, beside QGIS's own plugins
	@.venv/bin/python -m envzones.benchmarks.startup

FUZZ_SECONDS ?= 60
FUZZ = ENVZONES_FUZZ_SECONDS="$(FUZZ_SECONDS)" ENVZONES_GROUP_LIMIT_S=14400 .venv/bin/python .ci/test.py
fuzz: setup ## a minute of broken files for each reader of foreign files (FUZZ_SECONDS=60)
	@$(FUZZ) engine-qgis-libraries -- -k fuzz --timeout 3600

fuzz-long: FUZZ_SECONDS = 600
fuzz-long: setup ## ten minutes for each, with both sets of libraries
	@$(FUZZ) engine-qgis-libraries -- -k fuzz --timeout 3600
	@ENVZONES_FUZZ_SEED=77 $(FUZZ) engine -- -k fuzz --timeout 3600

package: setup ## dist/envzones.zip, checked by the rules of plugins.qgis.org
	@.venv/bin/python .ci/package.py

clean: ## remove what was built (the environments stay; distclean removes them too)
	@rm -rf build/stamps build/logs build/bench build/demo build/profile build/package build/test build/screenshots dist resources/help \
		.pytest_cache .ruff_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -not -path './.venv*' -not -path './build/bare/*' -prune -exec rm -rf {} +

distclean: clean ## clean, and the environments
	@rm -rf .venv .venv-engine build
