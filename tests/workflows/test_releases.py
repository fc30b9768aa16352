"""What's released is attested, and what's deployed is what was released."""

from tests.infra.test_workflows import jobs


def test_a_release_is_deployed_only_if_its_own_workflow_has_made_it() -> None:
    """The file's provenance is checked before even signing in to Azure, and that file is what's deployed."""
    steps = jobs()["deploy.deploy"]["steps"]
    [release] = [index for index, step in enumerate(steps) if "gh release download" in step.get("run", "")]
    [login] = [index for index, step in enumerate(steps) if "azure/login" in step.get("uses", "")]
    script = steps[release]["run"]
    assert release < login
    assert "gh attestation verify dist/app.zip" in script
    assert "release.yml" in script
    assert '--source-ref "$GITHUB_REF"' in script
    assert steps[-1]["run"].count("lms-sync deploy dist/app.zip") == 1
    assert [step for step in steps if "config-zip" in step.get("run", "")] == []


def test_what_a_release_holds_is_attested() -> None:
    """Package, infrastructure and wheel have a provenance, and the package has its own bill of materials."""
    steps = jobs()["release.build"]["steps"]
    attested = {step["uses"].partition("@")[0]: step["with"] for step in steps if "attest" in step.get("uses", "")}
    assert attested["actions/attest-build-provenance"]["subject-path"].split() == ["dist/*.zip", "dist/*.whl"]
    assert attested["actions/attest-sbom"] == {"subject-path": "dist/app.zip", "sbom-path": "dist/sbom.cdx.json"}
    scripts = "".join(step.get("run", "") for step in steps)
    assert "tools.develop.sbom dist/app.zip dist/sbom.cdx.json" in scripts
    assert 'cmp dist/app.zip "$RUNNER_TEMP/again/app.zip"' in scripts
