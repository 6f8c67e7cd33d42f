"""Notes, checkpoints, proofs and files of a log: read as written, and nothing else."""

import base64

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.errors import LogError
from mikrocert.log.checkpoints import Checkpoint, Proof, checkpoint_of, read_proof
from mikrocert.log.notes import COSIGNATURE, SIGNATURE, Key, Note, NoteSignature, PrivateKey, read_note, sign
from mikrocert.log.tiles import bundle, bundle_path, entries_of, hashes_of, tile_path, tiles_of
from mikrocert.log.tree import EMPTY, inclusion_proof, leaf_hash, tree_hash

OF_GO = b"""If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
KEY_OF_GO = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""The note and key that other implementations agree on."""

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
LOG = Key("mikrocert.example/log", PUBLIC)
WITNESS = Key("svědek.example/ř", PUBLIC, COSIGNATURE)
TEXT = Checkpoint(LOG.name, 0, EMPTY).text


def signed() -> Note:
    """Return an empty checkpoint with the signatures of a log and a witness."""
    return sign(sign(Note(TEXT), PRIVATE, name=LOG.name), PRIVATE, name=WITNESS.name, time=1_700_000_000)


def test_others_notes_verify():
    """What another implementation signed is read and written octet by octet, and verifies."""
    note = read_note(OF_GO)
    assert str(note).encode() == OF_GO
    ((key, time),) = note.signed_by([Key.of_text(KEY_OF_GO)])
    assert (key.text, time) == (KEY_OF_GO, None)


def test_a_note_says_who_signed():
    """Log and witness, the latter with its time; who isn't asked for isn't named."""
    note = read_note(str(signed()).encode())
    assert note == signed()
    assert note.signed_by([LOG, WITNESS]) == ((LOG, None), (WITNESS, 1_700_000_000))
    assert note.signed_by([attrs.evolve(LOG, name="jiný.example/log")]) == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda note: attrs.evolve(note, text=note.text.replace("\n0\n", "\n1\n")),
        lambda note: attrs.evolve(note, signatures=(cut(note.signatures[0]), *note.signatures[1:])),
        lambda note: attrs.evolve(note, signatures=(note.signatures[0], later(note.signatures[1]))),
    ],
    ids=["text", "signature", "time"],
)
def test_a_changed_note_is_refused(change):
    """Another text, another signature, another time of a witness."""
    with pytest.raises(LogError, match="is not right"):
        change(signed()).signed_by([LOG, WITNESS])


def cut(signature: NoteSignature) -> NoteSignature:
    """Return a signature without its last octet."""
    return signature._replace(octets=signature.octets[:-1])


def later(signature: NoteSignature) -> NoteSignature:
    """Return a cosignature that says it was made a second later."""
    time = int.from_bytes(signature.octets[:8]) + 1
    return signature._replace(octets=time.to_bytes(8) + signature.octets[8:])


def lines(*changed: str) -> bytes:
    return "\n".join(changed).encode()


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        "text\n\n— jméno".encode(),
        "text\n\n— jméno eA==\n".encode(),
        "text\n\n- jméno AAAAAAAAAA==\n".encode(),
        "text\n\n—  AAAAAAAAAA==\n".encode(),
        "text\n\n— jméno nic!\n".encode(),
        "text\n\n— jméno AAAAAAAAAAB=\n".encode(),  # the bits that base64 leaves over
        b"te\x00xt\n\n" + OF_GO.partition(b"\n\n")[2],
        b"\xc3\n\n" + OF_GO.partition(b"\n\n")[2],
        b"x" * 70_000 + b"\n\n" + OF_GO.partition(b"\n\n")[2],
        b"text\n\n" + OF_GO.partition(b"\n\n")[2] * 65,
    ],
)
def test_what_is_no_note_is_refused(octets):
    """Half of one, control characters, other encodings, too much."""
    with pytest.raises(LogError):
        read_note(octets)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jméno",
        "a+b+c",
        KEY_OF_GO.replace("c74f", "c74e"),
        KEY_OF_GO[:-4],
        f"x+00000000+{base64.b64encode(bytes([2]) + PUBLIC).decode()}",
    ],
)
def test_what_is_no_key_is_refused(text):
    """Another identifier, half a key, an unknown kind."""
    with pytest.raises(LogError, match=r"is no key of a log|32 octets"):
        Key.of_text(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\tb", "a\u00a0b"])
def test_names_of_keys_have_no_spaces(name):
    """Nor plus signs: a line of a note is cut at these."""
    with pytest.raises(LogError, match="can't be the name"):
        Key(name, PUBLIC)


@pytest.mark.parametrize(
    "text",
    [
        "log\n0\n",
        "log\n\n0\n",
        "log\n01\nx\n",
        "log\n-1\nx\n",
        "log\n" + "9" * 19 + "\nx\n",
        "log\n1\nnic\n",
        "log\n1\n" + base64.b64encode(bytes(31)).decode() + "\n",
        "log\n1\n" + base64.b64encode(bytes(32)).decode() + "\n\nx\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    """Lines that lack, numbers and hashes that are none."""
    with pytest.raises(LogError):
        checkpoint_of(Note(text))


def test_lines_behind_a_checkpoint_are_allowed():
    """Others may write them; they mean nothing here."""
    assert checkpoint_of(Note(TEXT + "víc\n")) == Checkpoint(LOG.name, 0, EMPTY)


ENTRIES = [f"zápis {number}".encode() for number in range(255)]


def proof_of(index: int, size: int) -> Proof:
    """Return the proof of an entry in the log of the first `size` entries."""
    leaves = [leaf_hash(entry) for entry in ENTRIES]

    def hashes(_: int, start: int, end: int) -> list[bytes]:
        return leaves[start:end]

    head = sign(Note(Checkpoint(LOG.name, size, tree_hash(hashes, size)).text), PRIVATE, name=LOG.name)
    return Proof(index, tuple(inclusion_proof(hashes, index, size)), head)


@given(st.integers(1, 255), st.data())
def test_a_proof_is_read_as_written(size, data):
    """And holds for its entry only."""
    index = data.draw(st.integers(0, size - 1))
    proof = read_proof(str(proof_of(index, size)).encode())
    assert proof == proof_of(index, size)
    assert proof.holds_for(ENTRIES[index])
    assert not proof.holds_for(ENTRIES[index] + b"!")


@given(st.binary(max_size=50))
def test_what_a_proof_carries_besides_is_read_as_written(extra):
    """Nobody vouches for it: the proof holds with it and without."""
    proof = attrs.evolve(proof_of(1, 3), extra=extra)
    read = read_proof(str(proof).encode())
    assert read == proof
    assert read.holds_for(ENTRIES[1])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"),
        ("index 1", "index 01"),
        ("index 1", "index"),
        ("index 1\n", ""),
        ("index 1\n", "index 1\nnic\n"),
        ("index 1\n", "index 1\n" + (base64.b64encode(bytes(32)).decode() + "\n") * 64),
        ("index 1\n", "index 1\nř\n"),
        ("\n\n", "\n"),
        ("\n3\n", "\n03\n"),
        ("@v1\n", "@v1\nextra ř\n"),
        ("@v1\n", "@v1\nextra a\n"),
        ("@v1\n", "@v1\nextra eA==\nextra eA==\n"),
    ],
)
def test_what_is_no_proof_is_refused(old, new):
    """Another version, numbers and hashes that are none, a head that is none."""
    with pytest.raises(LogError):
        read_proof(str(proof_of(1, 3)).replace(old, new, 1).encode())


def test_files_lie_where_others_look_for_them():
    """As C2SP tlog-tiles has it."""
    assert tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tile_path(1, 0, 1) == "tile/1/000.p/1"
    assert bundle_path(273, 112) == "tile/entries/273.p/112"


def test_a_tree_has_its_tiles():
    """The example of the specification: 70,000 entries."""
    tiles = list(tiles_of(70_000))
    assert [sum(level == wanted for level, *_ in tiles) for wanted in range(4)] == [274, 2, 1, 0]
    assert (0, 273, 112) in tiles
    assert (1, 1, 17) in tiles
    assert (2, 0, 1) in tiles
    assert list(tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles_of(0)) == []


@given(st.integers(0, 70_000), st.integers(0, 70_000))
def test_what_was_whole_is_not_written_again(one, other):
    """Between two trees only what changed: all tiles that the older one had not whole."""
    old, new = sorted((one, other))
    whole = {tile for tile in tiles_of(old) if tile[2] == 256}
    assert set(tiles_of(new, old)) == set(tiles_of(new)) - whole


@given(st.lists(st.binary(max_size=300)))
def test_entries_are_read_as_written(entries):
    """Each behind its length."""
    assert entries_of(bundle(entries)) == entries


@pytest.mark.parametrize("octets", [b"\0", b"\0\2x"])
def test_half_a_file_is_refused(octets):
    """It ends within an entry, or within a hash."""
    with pytest.raises(LogError, match="ends within an entry"):
        entries_of(octets)
    with pytest.raises(LogError, match="ends within a hash"):
        hashes_of(octets)


@pytest.mark.parametrize("kind", [SIGNATURE, COSIGNATURE])
def test_a_private_key_is_read_as_written(kind):
    """And signs what its public key verifies, once."""
    key = PrivateKey.of_text(PrivateKey.new("log.example", kind=kind).text + "\n")
    time = 7 if kind == COSIGNATURE else None
    note = key.sign(key.sign(Note(TEXT), time=time), time=time)
    assert [(found.key, found.time) for found in note.signed_by([key.public])] == [(key.public, time)]
    assert len(note.signatures) == 1
    assert PrivateKey.of_text(key.text).public == key.public


SECRET = PrivateKey("log.example", PRIVATE).text


@pytest.mark.parametrize(
    "text",
    [
        "",
        SECRET.removeprefix("PRIVATE+KEY+"),
        SECRET[:-4],
        SECRET.replace("log.example", "other"),
        PrivateKey("log.example", PRIVATE).public.text,
        "PRIVATE+KEY+log.example",
        "PRIVATE+KEY+log.example+00000000+" + base64.b64encode(b"\2" + bytes(32)).decode(),
        "ř",
    ],
)
def test_what_is_no_private_key_is_refused_and_not_repeated(text):
    """It may be a secret all the same."""
    with pytest.raises(LogError) as caught:
        PrivateKey.of_text(text)
    assert str(caught.value) == (
        "this is no private key of a log; PRIVATE+KEY+name+identifier+key would be right"
    )
    assert SECRET not in repr(PrivateKey.of_text(SECRET))
