"""Which store a folder has."""

from prompts_lang.engine.store.choose import VARIABLE, project_address, store_of
from prompts_lang.engine.store.postgres_address import read_address


def test_a_project_names_its_store_and_the_environment_another(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert project_address(tmp_path) is None
    (tmp_path / "pyproject.toml").write_text('[tool.prompts]\nstore = "postgresql://project/evals"\n')
    assert project_address(tmp_path).shown == "postgresql://project/evals"
    monkeypatch.setenv(VARIABLE, "postgresql://mine/evals")
    assert project_address(tmp_path).shown == "postgresql://mine/evals"


def test_a_folder_has_the_store_beside_it_unless_an_address_says_otherwise(tmp_path, postgres_url):
    here, there = store_of(tmp_path, None), store_of(tmp_path, read_address(postgres_url))
    assert (here.shared, there.shared) == (False, True)
    assert here.path == tmp_path / ".prompts" / "store.sqlite"
    here.close()
    there.close()
