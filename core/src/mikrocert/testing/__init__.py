"""The test kit for plugins: a contract class per kind, and examples to feed them.

Subclass the contract of what you wrote and give it the fixtures that it asks for; pytest does the rest::

    class TestMyUniversity(InstitutionContract):
        @pytest.fixture
        def institution(self):
            return MyUniversity()

Needs pytest (`pip install mikrocert[testing]`). `mikrocert.testing.strategies` has hypothesis draw any award.
"""

from mikrocert.testing.contracts import (
    CheckContract,
    CommandContract,
    EnvelopeContract,
    FormatContract,
    InstitutionContract,
    IntakeContract,
    ObserverContract,
    PluginContract,
    RendererContract,
    SignerContract,
    texts_to_read,
)
from mikrocert.testing.examples import (
    HOSTILE,
    example_award,
    example_certificate,
    example_identity,
    example_owner,
    example_paper,
    example_profile,
    example_small_award,
    example_stacked_award,
    example_view,
)

__all__ = [
    "HOSTILE",
    "CheckContract",
    "CommandContract",
    "EnvelopeContract",
    "FormatContract",
    "InstitutionContract",
    "IntakeContract",
    "ObserverContract",
    "PluginContract",
    "RendererContract",
    "SignerContract",
    "example_award",
    "example_certificate",
    "example_identity",
    "example_owner",
    "example_paper",
    "example_profile",
    "example_small_award",
    "example_stacked_award",
    "example_view",
    "texts_to_read",
]
