"""Packages of `envzones`: the repository root is the package, whatever the checkout folder is called."""

from setuptools import find_packages, setup

inside = find_packages(".", include=["plugin", "plugin.*"])

setup(
    packages=["envzones", *(f"envzones.{name}" for name in inside)],
    package_dir={"envzones": "."},
    package_data={"envzones": ["metadata.txt", "layers/**/*", "resources/**/*"]},
)
