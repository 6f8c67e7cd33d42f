"""The plugin host: loading one by one, what is refused, and when a factory runs."""

from __future__ import annotations

import contextlib
import sys
from contextlib import contextmanager
from functools import partial

import attrs
import pluggy
import pytest
from mikrocert.api import NoConfig, Offer, Signer, hookimpl, message, offer
from mikrocert.errors import PluginError, SealError, SettingsError, UnknownOffer
from mikrocert.host import hookspecs
from mikrocert.host.loading import Plugins, load_plugins
from mikrocert.host.registry import Registry
from mikrocert.kinds.offer import KINDS
from mikrocert.settings import Settings
from mikrocert.testing import PluginContract

SOURCES = {  # module → source; each is a distribution with one entry point of its name
    "good": """
from contextlib import contextmanager
from mikrocert.api import NoConfig, hookimpl, offer

@contextmanager
def _open(_):
    yield "a university"

@hookimpl
def mikrocert_register_institutions():
    return [offer("good-university", "Good", NoConfig, _open)]
""",
    "unimportable": "import there_is_no_such_module_ř",
    "leaving": "raise SystemExit(3)",
    "misspelt": """
from mikrocert.api import hookimpl

@hookimpl
def mikrocert_register_instituons():
    return []
""",
    "crashing": """
from mikrocert.api import hookimpl

@hookimpl
def mikrocert_register_signers():
    raise RuntimeError("kaput")
""",
}


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return a function that installs plugins for the time of the test."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(*names, **sources):
        for name, source in ({name: SOURCES[name] for name in names} | sources).items():
            module = f"toyplugin_{name}"
            (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
            monkeypatch.delitem(sys.modules, module, raising=False)
            info = tmp_path / f"toy_{name}-1.2.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: toy-{name}\nVersion: 1.2\n")
            (info / "entry_points.txt").write_text(f"[mikrocert]\n{name} = {module}\n")

    yield install
    for module in [module for module in sys.modules if module.startswith("toyplugin_")]:
        del sys.modules[module]


class ToySigner(Signer):
    identity = None
    sign_many = None


TOYS = ("mikrocert", "toy-good", "toy-unimportable", "toy-leaving", "toy-misspelt", "toy-crashing")


def test_broken_plugins_are_recorded_and_the_others_go_on(installed):
    """Each failure has its reason; what is good is loaded with name, distribution, version and offers."""
    installed(*SOURCES)
    plugins = load_plugins(allow=TOYS)
    loaded = {plugin.name: plugin for plugin in plugins.loaded}
    assert set(loaded) == {"core", "good"}
    assert (loaded["good"].distribution, loaded["good"].version) == ("toy-good", "1.2")
    assert loaded["good"].offers == (("institutions", "good-university"),)
    reasons = {failure.name: str(failure.reason) for failure in plugins.failures if failure.name in SOURCES}
    assert "there_is_no_such_module" in reasons["unimportable"]
    assert reasons["leaving"] == "SystemExit at toyplugin_leaving:1"
    assert "mikrocert_register_instituons" in reasons["misspelt"]
    assert reasons["crashing"] == "RuntimeError at toyplugin_crashing:6"


def test_the_allow_list_keeps_the_rest_from_being_imported(installed):
    """What is not on the list is not even imported; spelling of distributions doesn't matter."""
    installed("good", "leaving")
    plugins = load_plugins(allow=["Toy_Good"])
    assert "good-university" in plugins.institutions
    assert "json" in plugins.intakes
    assert "toyplugin_leaving" not in sys.modules
    [skipped] = [skipped for skipped in plugins.skipped if skipped.name == "leaving"]
    assert "not on the allow-list" in str(skipped.reason)
    assert plugins.failures == []


def test_an_allowed_plugin_that_is_not_installed_is_an_error(installed):
    """A signing host doesn't start without what it lists."""
    installed("good")
    with pytest.raises(PluginError, match=r"not installed: toy-goood; installed are: .*toy-good"):
        load_plugins(allow=["toy-goood"])


def test_a_name_offered_twice_is_disabled_and_nothing_else(installed):
    """Nobody wins silently: a failure names both plugins, choosing the name says so, and what else there is goes on."""
    installed("good", twin=SOURCES["good"], third=SOURCES["good"])
    plugins = load_plugins(allow=["toy-good", "toy-twin", "toy-third"])
    reason = "institution good-university is offered by both good and third, so that neither is used"
    assert [failure.name for failure in plugins.failures] == ["good-university", "good-university"]
    assert reason in str(plugins.failures[0].reason)
    assert "good-university" not in plugins.institutions
    with pytest.raises(PluginError, match=reason):
        plugins.institutions.get("good-university")
    with pytest.raises(UnknownOffer, match="which one"):
        plugins.institutions.named(None)
    assert "json" in plugins.intakes


def test_an_only_offer_beside_an_ambiguous_one_is_not_chosen_unnamed():
    """Where a name is missing, what is left after a disabled name is not the only one that there is."""
    registry = Registry("signers")
    for name, source in (("card", "a"), ("card", "b"), ("test", "c")):
        with contextlib.suppress(PluginError):
            registry.add(offer(name, "x", NoConfig, _nothing), plugin=source)
    assert registry.names == ("test",)
    with pytest.raises(UnknownOffer, match="which one"):
        registry.named(None)


@pytest.mark.parametrize(
    ("usual", "chosen"), [((), None), (("typewriter",), "typewriter"), (("typewriter", "brush"), None)]
)
def test_the_usual_one_of_several_is_taken_unnamed(usual, chosen):
    """Where exactly one of them says that it is; a name that settings give is taken all the same."""
    registry = Registry("renderers")
    for name in ("brush", "pen", "typewriter"):
        registry.add(offer(name, "x", NoConfig, _nothing, usual=name in usual), plugin=name)
    assert registry.named("pen") == "pen"
    if chosen is None:
        with pytest.raises(UnknownOffer, match=r"which one.* there are: brush, pen, typewriter"):
            registry.named(None)
    else:
        assert registry.named(None) == chosen


def test_an_offer_of_an_installed_plugin_keeps_what_it_says(installed):
    """The host makes an offer anew when it checks it, and forgets nothing of it."""
    installed(
        good=SOURCES["good"].replace("NoConfig, _open", "NoConfig, _open, usual=True, administers=True")
    )
    taken = load_plugins().institutions.get("good-university")
    assert (taken.usual, taken.administers) == (True, True)


@pytest.mark.parametrize(("others", "chosen"), [(("brush",), None), (("brush", "pen"), "typewriter")])
def test_what_serves_other_purposes_is_never_taken_unnamed(others, chosen):
    """Where it stands beside the only one that is left, that one is taken; by its name it is to be had all the same."""
    registry = Registry("renderers")
    for name in ("brush", "pen", "typewriter"):
        usual = False if name in others else None
        registry.add(offer(name, "x", NoConfig, _nothing, usual=usual), plugin=name)
    assert registry.named("brush") == "brush"
    if chosen is None:
        with pytest.raises(UnknownOffer, match="which one"):
            registry.named(None)
    else:
        assert registry.named(None) == chosen
    alone = Registry("renderers")
    alone.add(offer("brush", "x", NoConfig, _nothing, usual=False), plugin="brush")
    with pytest.raises(UnknownOffer, match="which one"):
        alone.named(None)


@pytest.mark.parametrize(("usual", "kept"), [(True, True), (False, False), (None, None), ("yes", None)])
def test_what_an_offer_says_of_being_usual_reaches_the_registry(usual, kept):
    """It is the same once the plugin is loaded; what is neither true nor false says nothing."""

    class Plugin:
        @staticmethod
        @hookimpl
        def mikrocert_register_renderers():
            return [offer("brush", "x", NoConfig, _nothing, usual=usual)]

    plugins = Plugins()
    plugins.add(Plugin(), name="brushes")
    assert plugins.failures == []
    assert plugins.renderers.get("brush").usual is kept


def test_two_plugins_of_one_name_disable_that_name(installed, tmp_path):
    """Neither is imported, and the failure names both distributions."""
    installed("good", "leaving")
    (tmp_path / "toy_good-1.2.dist-info" / "entry_points.txt").write_text(
        "[mikrocert]\nsame = toyplugin_good\n"
    )
    (tmp_path / "toy_leaving-1.2.dist-info" / "entry_points.txt").write_text(
        "[mikrocert]\nsame = toyplugin_leaving\n"
    )
    plugins = load_plugins(allow=["toy-good", "toy-leaving"])
    [failure] = plugins.failures
    assert (failure.name, failure.check) == ("same", True)
    assert "toy-good, toy-leaving" in str(failure.reason)
    assert not {"toyplugin_good", "toyplugin_leaving"} & set(sys.modules)


REQUIRED = {  # name → (what is required, what is wrong with it or none)
    "a plugin that is there": ("good", None),
    "its distribution, in another spelling": ("Toy_Good", None),
    "a plugin that can't be imported": ("unimportable", "there_is_no_such_module"),
    "the distribution of one that ends the program": ("toy-leaving", "SystemExit"),
    "a plugin that is disabled": ("crashing", "disabled by plugins.disable"),
    "a plugin that is not allowed": ("other", "not on the allow-list"),
    "a plugin that is nowhere": ("nowhere", "not installed"),
}


@pytest.mark.parametrize("name", REQUIRED)
def test_what_is_required_is_loaded_or_nothing_runs(installed, name):
    """A plugin or a distribution that has to be there stops everything where it is not, and the message says why."""
    installed(*SOURCES, other=SOURCES["good"])
    required, wrong = REQUIRED[name]
    loading = partial(load_plugins, allow=TOYS, disable=["crashing"], require=[required])
    if wrong is None:
        loading()
    else:
        with pytest.raises(
            PluginError, match=f"plugins.require names what can't be used: {required}: .*{wrong}"
        ):
            loading()


def test_what_is_disabled_is_not_imported(installed):
    """By the plugin's name or its distribution's; it is no failure, and a name that is nowhere is an error."""
    installed("good", "leaving")
    plugins = load_plugins(allow=["toy-good", "toy-leaving"], disable=["leaving", "toy-good"])
    assert plugins.failures == []
    assert {"good", "leaving"} <= {skipped.name for skipped in plugins.skipped}
    assert not {"toyplugin_good", "toyplugin_leaving"} & set(sys.modules)
    with pytest.raises(PluginError, match=r"plugins\.disable names what is not installed: goood"):
        load_plugins(disable=["goood"])


def test_a_failure_is_told_when_it_happens(installed):
    """Whoever asked for it hears of each one, once."""
    installed("good", "leaving")
    heard = []
    plugins = load_plugins(allow=["toy-good", "toy-leaving"], on_failure=heard.append)
    assert heard == plugins.failures
    assert [failure.name for failure in heard] == ["leaving"]


def plugin(*names, kind="institutions", result=None, factory=None, **options):
    """Return a plugin that registers offers of these names, or this result."""

    def register():
        if result is not None:
            return result
        return [offer(name, name.title(), NoConfig, factory or _nothing) for name in names]

    register.__name__ = f"mikrocert_register_{kind}"
    return type("Toy", (), {register.__name__: staticmethod(hookimpl(**options)(register))})()


@contextmanager
def _nothing(_):
    yield None


def test_two_plugins_of_one_name_are_an_error():
    """The second one is named with its distribution."""
    plugins = Plugins()
    plugins.add(plugin("a"), name="toy")
    with pytest.raises(PluginError, match="two plugins are called 'toy'; the second one comes with toy-dist"):
        plugins.add(plugin("b"), name="toy", distribution="toy-dist")


def test_one_module_under_two_names_is_a_failure():
    """The same plugin can't come in twice."""
    plugins, toy = Plugins(), plugin("a")
    plugins.add(toy, name="one")
    plugins.add(toy, name="two")
    assert [failure.name for failure in plugins.failures] == ["two"]
    assert plugins.institutions.names == ("a",)


def wrapper(**options):
    """Return a plugin that wraps what others register."""

    def mikrocert_register_institutions():
        return (yield)

    return type(
        "Toy",
        (),
        {
            mikrocert_register_institutions.__name__: staticmethod(
                hookimpl(**options)(mikrocert_register_institutions)
            )
        },
    )()


REFUSED = {  # name → (plugin, reason)
    "a wrapper": (lambda: wrapper(wrapper=True), "is a wrapper"),
    "an old wrapper": (lambda: wrapper(hookwrapper=True), "is a wrapper"),
    "no offer": (lambda: plugin(result=["university"]), "an Offer, made by mikrocert.api.offer"),
    "nothing that can be looped over": (lambda: plugin(result=7), "TypeError"),
    "an argument that isn't there": (
        type("Toy", (), {"mikrocert_register_signers": staticmethod(hookimpl(lambda name: []))}),
        "name",
    ),
    "an offer made past offer()": (
        lambda: plugin(result=[Offer("Not Kebab", "x", NoConfig, _nothing)]),
        "not kebab-case",
    ),
    "an offer whose name is no text": (
        lambda: plugin(result=[Offer(7, "x", NoConfig, _nothing)]),
        "kebab-case",
    ),
    "an offer without factory": (lambda: plugin(result=[Offer("toy", "x", NoConfig, None)]), "a factory"),
    "an offer whose config is no class": (
        lambda: plugin(result=[Offer("toy", "x", {}, _nothing)]),
        "attrs.frozen",
    ),
    "a check called as one of the core's": (
        lambda: plugin("integrity", kind="checks"),
        "the core has one of this name",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_plugin_is_a_failure(name):
    """It is recorded with its reason and offers nothing."""
    make, reason = REFUSED[name]
    plugins = Plugins()
    plugins.add(make(), name="toy")
    assert plugins.loaded == []
    assert plugins.institutions.names == ()
    assert reason in str(plugins.failures[0].reason)


def test_order_of_plugins_means_nothing():
    """Offers are listed by name, whoever came first."""
    for names in (("a", "b"), ("b", "a")):
        plugins = Plugins()
        for name in names:
            plugins.add(plugin(name), name=f"toy-{name}")
        assert plugins.institutions.names == ("a", "b")


def test_unknown_names_tell_what_there_is():
    """The message lists all names and the nearest one."""
    plugins = Plugins()
    plugins.add(plugin("pkcs11", "pkcs12", kind="signers"), name="toy")
    with pytest.raises(
        UnknownOffer, match=r"no 'pkcs-12' \(did you mean 'pkcs12'\?\); there are: pkcs11, pkcs12"
    ):
        plugins.signers.get("pkcs-12")
    with pytest.raises(UnknownOffer, match="there are: none at all"):
        plugins.formats.get("edc-v3")


def test_a_factory_runs_only_when_entered_and_closes_for_sure():
    """Registering and choosing open nothing; leaving closes, also after an error."""
    events = []

    @contextmanager
    def factory(_):
        events.append("open")
        try:
            yield ToySigner()
        finally:
            events.append("closed")

    plugins = Plugins()
    plugins.add(plugin("hsm", kind="signers", factory=factory), name="toy")
    chosen = plugins.signers.choose("hsm", Settings())
    assert events == []
    with chosen as key:
        assert (repr(key), events) == ("<signer hsm>", ["open"])
    assert events == ["open", "closed"]
    with pytest.raises(ZeroDivisionError), plugins.signers.choose("hsm", Settings()):
        raise ZeroDivisionError
    assert events == ["open", "closed"] * 2


def test_a_factory_that_crashes_is_blamed():
    """Its own errors of mikrocert pass, anything else is an error that names the offer."""

    def choosing(error):
        @contextmanager
        def factory(_):
            raise error
            yield

        plugins = Plugins()
        plugins.add(plugin("hsm", kind="signers", factory=factory), name="toy")
        return plugins.signers.choose("hsm", Settings())

    with pytest.raises(SealError, match="wrong PIN"), choosing(SealError(message("wrong PIN"))):
        pass
    with (
        pytest.raises(
            PluginError, match=r"^signer hsm crashed: OSError at core\.tests\.test_core_plugins:\d+$"
        ),
        choosing(OSError("PIN 2605 refused")),
    ):
        pass


def test_a_section_is_structured_before_the_factory_runs():
    """A wrong section is an error of settings, and nothing is opened."""
    opened = []
    registry = Registry("signers")
    registry.add(offer("hsm", "HSM", NoConfig, opened.append), plugin="toy")
    with pytest.raises(SettingsError, match=r"signers\.hsm\.pin: unknown member"):
        registry.choose("hsm", Settings(offers={"signers": {"hsm": {"pin": "1"}}}))
    assert opened == []


@pytest.mark.parametrize("name", ["", "Mu", "mu_2", "-mu", "mu-", "mu--x", "má", "mu university"])
def test_names_of_offers_are_kebab_case(name):
    """Any other name is refused when the offer is made."""
    with pytest.raises(PluginError, match="kebab-case"):
        offer(name, "x", NoConfig, _nothing)


def test_a_config_is_an_attrs_class():
    """A dict is no config."""
    with pytest.raises(PluginError, match="attrs"):
        offer("toy", "x", dict, _nothing)


def test_each_kind_has_a_hook():
    """Every kind has its hook, and there is no other hook."""
    names = {name for name in vars(hookspecs) if name.startswith("mikrocert_")}
    assert names == {f"mikrocert_register_{kind}" for kind in KINDS}
    manager = pluggy.PluginManager("mikrocert")
    manager.add_hookspecs(hookspecs)
    assert not any(getattr(manager.hook, name).spec.opts["firstresult"] for name in names)


@pytest.mark.parametrize("kind", KINDS)
def test_a_registering_hook_takes_nothing_and_offers_nothing(kind):
    """The body of a specification is empty."""
    assert getattr(hookspecs, f"mikrocert_register_{kind}")() == ()


class TestCorePlugin(PluginContract):
    """What the core itself registers keeps the contract."""

    @pytest.fixture
    def plugin(self):
        from mikrocert.builtin import plugin

        return plugin


def test_offers_are_frozen():
    """What is on the table can't be changed."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        offer("toy", "x", NoConfig, _nothing).name = "other"
