"""Packages of `envzones`: the repository root is the package, whatever the checkout folder is called."""

from setuptools import find_packages, setup

setup(
    packages=["envzones", *(f"envzones.{name}" for name in find_packages(".", include=["plugin", "plugin.*"]))],
    package_dir={"envzones": "."},
    package_data={"envzones": ["metadata.txt", "layers/**/*", "resources/**/*"]},
)
