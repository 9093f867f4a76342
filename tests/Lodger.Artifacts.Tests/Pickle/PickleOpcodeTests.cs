using Lodger.Artifacts.Formats.Pickle;

namespace Lodger.Artifacts.Tests.Pickle;

/// <summary>Every opcode of protocols 0 to 5 makes the value that Python makes, without anything being run.</summary>
public sealed class PickleOpcodeTests
{
    [Theory]
    [InlineData(@"N.", "None")]
    [InlineData(@"\x88.", "True")]
    [InlineData(@"\x89.", "False")]
    [InlineData(@"K\xff.", "255")]
    [InlineData(@"M\x01\x02.", "513")]
    [InlineData(@"J\x01\x02\x03\x04.", "67305985")]
    [InlineData(@"J\xfe\xff\xff\xff.", "-2")]
    [InlineData(@"G\x3f\xf8\x00\x00\x00\x00\x00\x00.", "float 1.5")]
    [InlineData(@"I42\n.", "42")]
    [InlineData(@"I 42 \n.", "42")]
    [InlineData(@"I-42\n.", "-42")]
    [InlineData(@"I00\n.", "False")]
    [InlineData(@"I01\n.", "True")]
    [InlineData(@"I9223372036854775808\n.", "a number of 19")]
    [InlineData(@"L42L\n.", "42")]
    [InlineData(@"L42\n.", "42")]
    [InlineData(@"L-12345678901234567890L\n.", "a number of 21")]
    [InlineData(@"F-1.5e3\n.", "float -1500")]
    [InlineData(@"Finf\n.", "float Infinity")]
    [InlineData(@"F-inf\n.", "float -Infinity")]
    [InlineData(@"Fnan\n.", "float NaN")]
    [InlineData(@"\x8a\x00.", "0")]
    [InlineData(@"\x8a\x01\xff.", "-1")]
    [InlineData(@"\x8a\x01\x7f.", "127")]
    [InlineData(@"\x8a\x02\x00\x80.", "-32768")]
    [InlineData(@"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.", "9223372036854775807")]
    [InlineData(@"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00.", "a number of 9")]
    [InlineData(@"\x8b\x02\x00\x00\x00\x2c\x01.", "300")]
    [InlineData(@"\x8b\x0a\x00\x00\x00abcdefghij.", "a number of 10")]
    public void Constants(string opcodes, string value) => Interpreted.ValueOf(opcodes).ShouldBe(value);

    [Theory]
    [InlineData(@"X\x03\x00\x00\x00abc.", "'abc'")]
    [InlineData(@"X\x02\x00\x00\x00\xc3\xa4.", "'ä'")]
    [InlineData(@"\x8c\x03abc.", "'abc'")]
    [InlineData(@"\x8d\x03\x00\x00\x00\x00\x00\x00\x00abc.", "'abc'")]
    [InlineData(@"U\x02\xe4b.", "'äb'")]
    [InlineData(@"T\x02\x00\x00\x00\xe4b.", "'äb'")]
    [InlineData(@"Va\\n\xe4\\u00f6\\U0001F600!\n.", "'a\\näö😀!'")]
    [InlineData(@"V\\ud800\\udfff\\ud7ff\\ue000\n.", "'\uFFFD\uFFFD\uD7FF\uE000'")]
    [InlineData(@"V\\U0010FFFF\n.", "'\U0010FFFF'")]
    [InlineData(@"V\\u0041\\\n.", "'A\\'")]
    [InlineData(@"V\n.", "''")]
    [InlineData(@"S'a\\x41\\n\\t\\r\\\\\\'\\""\\q\xe4'\n.", "'aA\n\t\r\\'\"\\qä'")]
    [InlineData(@"S""it's"" \n.", "'it's'")]
    [InlineData(@"S''\n.", "''")]
    [InlineData(@"C\x02\x01\xff.", "b'01FF'")]
    [InlineData(@"B\x02\x00\x00\x00\x01\xff.", "b'01FF'")]
    [InlineData(@"\x8e\x02\x00\x00\x00\x00\x00\x00\x00\x01\xff.", "b'01FF'")]
    [InlineData(@"\x96\x02\x00\x00\x00\x00\x00\x00\x00\x01\xff.", "b'01FF'")]
    public void Texts_and_bytes(string opcodes, string value) => Interpreted.ValueOf(opcodes).ShouldBe(value);

    [Theory]
    [InlineData(@").", "()")]
    [InlineData(@"K\x01\x85.", "(1)")]
    [InlineData(@"K\x01K\x02\x86.", "(1, 2)")]
    [InlineData(@"K\x01K\x02K\x03\x87.", "(1, 2, 3)")]
    [InlineData(@"K\x00(K\x01K\x02t\x86.", "(0, (1, 2))")]
    [InlineData(@"(K\x00(K\x01t(tt.", "(0, (1), ())")]
    [InlineData(@"].", "[]")]
    [InlineData(@"(K\x01K\x02l.", "[1, 2]")]
    [InlineData(@"]K\x01a.", "[1]")]
    [InlineData(@"]K\x01a(K\x02K\x03e.", "[1, 2, 3]")]
    [InlineData(@"}.", "{}")]
    [InlineData(@"(K\x01K\x02K\x03K\x04d.", "{1: 2, 3: 4}")]
    [InlineData(@"}K\x01K\x02s.", "{1: 2}")]
    [InlineData(@"}K\x01K\x02s(K\x03K\x04K\x05K\x06u.", "{1: 2, 3: 4, 5: 6}")]
    [InlineData(@"\x8f(K\x01K\x02\x90.", "set(1, 2)")]
    [InlineData(@"\x8fK\x01a.", "set(1)")]
    [InlineData(@"(K\x01\x91.", "(1)")]
    public void Containers(string opcodes, string value) => Interpreted.ValueOf(opcodes).ShouldBe(value);

    [Theory]
    [InlineData(@"K\x01K\x020.", "1")]
    [InlineData(@"K\x01(0.", "1")]
    [InlineData(@"K\x01(K\x020K\x030\x31.", "1")]
    [InlineData(@"K\x01(K\x02K\x03\x31.", "1")]
    [InlineData(@"K\x012\x86.", "(1, 1)")]
    [InlineData(@"(K\x012t.", "(1, 1)")]
    [InlineData(@"K\x05q\x030h\x03.", "5")]
    [InlineData(@"K\x05r\x03\x01\x00\x000j\x03\x01\x00\x00.", "5")]
    [InlineData(@"K\x05p12\n0g12\n.", "5")]
    [InlineData(@"K\x05\x94K\x06\x9400h\x01h\x00\x86.", "(6, 5)")]
    [InlineData(@"K\x05q\x000K\x06q\x000h\x00.", "6")]
    [InlineData(@"\x80\x05\x95\x02\x00\x00\x00\x00\x00\x00\x00N.", "None")]
    [InlineData(@"\x80\x00N.", "None")]
    public void Stack_and_memo(string opcodes, string value) => Interpreted.ValueOf(opcodes).ShouldBe(value);

    [Theory]
    [InlineData(@"cdatetime\ndate\n.", "datetime.date")]
    [InlineData(@"c__builtin__\nset\n.", "builtins.set")]
    [InlineData(@"ccopy_reg\n_reconstructor\n.", "copyreg._reconstructor")]
    [InlineData(@"\x8c\x08datetime\x8c\x04date\x93.", "datetime.date")]
    [InlineData(@"cdatetime\ndate\n(K\x01tR.", "datetime.date(1)")]
    [InlineData(@"cdatetime\ndate\n(K\x01t\x81.", "datetime.date(1)")]
    [InlineData(@"cdatetime\ndate\n(K\x01t}\x92.", "datetime.date(1) state {}")]
    [InlineData(@"cdatetime\ndate\nN}\x92.", "datetime.date() state {}")]
    [InlineData(@"K\x07(cdatetime\ndate\nK\x01K\x02o\x86.", "(7, datetime.date(1, 2))")]
    [InlineData(@"K\x07(K\x01K\x02idatetime\ndate\n\x86.", "(7, datetime.date(1, 2))")]
    [InlineData(@"cdatetime\ndate\n)RK\x05b.", "datetime.date() state 5")]
    [InlineData(@"cdatetime\ndate\n)RK\x05a(K\x06K\x07e.", "datetime.date() items [5, 6, 7]")]
    [InlineData(@"cdatetime\ndate\n)RK\x05K\x06s(K\x07K\x08u.", "datetime.date() entries {5: 6, 7: 8}")]
    [InlineData(@"K\x01Q.", "ref(1)")]
    [InlineData(@"Pabc\n.", "ref('abc')")]
    [InlineData(@"}Nb.", "{}")]
    [InlineData(@"]Nb.", "[]")]
    [InlineData(@"\x8fNb.", "set()")]
    [InlineData(@")Nb.", "()")]
    public void Globals_calls_and_references(string opcodes, string value)
    {
        var outcome = Interpreted.Run(Interpreted.Opcodes(opcodes));

        Interpreted.Shown(outcome.Value).ShouldBe(value);
        (outcome.IsKept, outcome.Foreign.Count).ShouldBe((true, 0));
    }

    [Theory]
    [InlineData(@"ccollections\nOrderedDict\n)R.", "{}")]
    [InlineData(@"ccollections\nOrderedDict\n}K\x01K\x02s\x85R.", "{1: 2}")]
    [InlineData(@"ccollections\nCounter\n}K\x01K\x02s\x85R.", "{1: 2}")]
    [InlineData(@"cbuiltins\ndict\n](K\x01K\x02\x86]K\x03aK\x04aK\x05\x85K\x06e\x85R.", "{1: 2, 3: 4}")]
    [InlineData(@"ccollections\ndefaultdict\ncbuiltins\nint\n\x85RK\x01K\x02s.", "{1: 2}")]
    [InlineData(@"cbuiltins\nset\n]K\x01a\x85R.", "(1)")]
    [InlineData(@"cbuiltins\nfrozenset\n]K\x01a\x85R.", "(1)")]
    [InlineData(@"cbuiltins\nlist\nK\x01\x85\x85R.", "(1)")]
    [InlineData(@"cbuiltins\ntuple\nK\x01\x85\x85R.", "(1)")]
    [InlineData(@"ctorch\nSize\nK\x01\x85\x85R.", "(1)")]
    [InlineData(@"cbuiltins\nset\n)R.", "builtins.set()")]
    [InlineData(@"cbuiltins\nset\nK\x01\x85R.", "builtins.set(1)")]
    [InlineData(@"c_codecs\nencode\n\x8c\x03\xc3\xbfa\x8c\x06latin1\x86R.", "b'FF61'")]
    [InlineData(@"c_codecs\nencode\n\x8c\x03\xc3\xbfa\x8c\x07latin-1\x86R.", "b'FF61'")]
    [InlineData(@"(c_codecs\nencode\n\x8c\x03\xc3\xbfa\x8c\x06latin1o.", "b'FF61'")]
    [InlineData(@"(\x8c\x03\xc3\xbfa\x8c\x06latin1i_codecs\nencode\n.", "b'FF61'")]
    [InlineData(@"(icollections\nOrderedDict\n.", "{}")]
    public void Calls_that_make_a_plain_container_or_bytes(string opcodes, string value)
    {
        var outcome = Interpreted.Run(Interpreted.Opcodes(opcodes));

        Interpreted.Shown(outcome.Value).ShouldBe(value);
        outcome.Foreign.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(@"cos\nsystem\n.", "os.system")]
    [InlineData(@"(K\x01ios\nsystem\n.", "os.system")]
    [InlineData(@"\x8c\x02os\x8c\x06system\x93.", "os.system")]
    [InlineData(@"\x82\xf0.", "copyreg.extension 240")]
    [InlineData(@"\x83\x01\x02.", "copyreg.extension 513")]
    [InlineData(@"\x84\x01\x02\x03\x04.", "copyreg.extension 67305985")]
    [InlineData(@"c_codecs\nencode\n\x8c\x01a\x8c\x04zlib\x86R.", "_codecs.encode with a codec of its own choice")]
    [InlineData(@"c_codecs\nencode\n\x8c\x01a\x85R.", "_codecs.encode with a codec of its own choice")]
    [InlineData(@"c_codecs\nencode\nN\x8c\x06latin1\x86R.", "_codecs.encode with a codec of its own choice")]
    [InlineData(@"(c_codecs\nencode\n\x8c\x01a\x8c\x05rot13o.", "_codecs.encode with a codec of its own choice")]
    [InlineData(@"(\x8c\x01a\x8c\x05rot13i_codecs\nencode\n.", "_codecs.encode with a codec of its own choice")]
    [InlineData(@"c_codecs\nencode\n\x8c\x01a\x8c\x05rot13\x86\x81.", "_codecs.encode with a codec of its own choice")]
    [InlineData(@"c_codecs\nencode\n\x8c\x01a\x8c\x05rot13\x86}\x92.", "_codecs.encode with a codec of its own choice")]
    [InlineData(@"ctorch\nEvilStorage\n.", "torch.EvilStorage")]
    [InlineData(@"ctorch\nfloat99\n.", "torch.float99")]
    public void What_would_run_when_loaded_is_recorded_by_name(string opcodes, string foreign) =>
        Interpreted.Run(Interpreted.Opcodes(opcodes)).Foreign.ShouldBe([foreign]);

    [Fact]
    public void Each_foreign_name_is_recorded_once_in_the_order_met_unless_the_caller_allows_it()
    {
        var pickle = Interpreted.Opcodes(@"(cb\nb\nca\na\ncb\nb\ncc\nc\nt.");

        Interpreted.Run(pickle).Foreign.ShouldBe(["b.b", "a.a", "c.c"]);
        Interpreted.Run(pickle, name => name == "a.a").Foreign.ShouldBe(["b.b", "c.c"]);
    }

    [Theory]
    [InlineData("torch.FloatStorage")]
    [InlineData("torch.cuda.HalfStorage")]
    [InlineData("torch.float8_e4m3fn")]
    [InlineData("torch._utils._rebuild_tensor_v2")]
    [InlineData("numpy._core.multiarray.scalar")]
    [InlineData("pathlib.PosixPath")]
    public void What_torch_save_and_NumPy_write_is_no_code(string name) => PickleGlobals.Allows(name).ShouldBeTrue();

    [Fact]
    public void A_text_knows_its_place_and_its_length_in_characters_and_bytes()
    {
        var texts = ((PickleTuple)Interpreted.Run(Interpreted.Opcodes(@"\x8c\x05\xf0\x9f\x98\x80aX\x02\x00\x00\x00\xc3\xa4U\x01\xe4\x87.")).Value!).Items;

        texts.ShouldBe([new PickleText("😀a", 2, 2, 5), new PickleText("ä", 1, 12, 2), new PickleText("ä", 1, 16, 1)]);
    }

    [Fact]
    public void Bytes_know_their_place_and_those_of_protocol_2_that_they_lie_as_a_text()
    {
        var plain = (PickleBytes)Interpreted.Run(Interpreted.Opcodes(@"\x80\x03C\x02ab.")).Value!;
        var latin = (PickleBytes)Interpreted.Run(Interpreted.Opcodes(@"c_codecs\nencode\n\x8c\x02\xc3\xbf\x8c\x06latin1\x86R.")).Value!;

        (plain.Length, plain.Offset, plain.StoredBytes, plain.IsLatin1).ShouldBe((2, 4, 2, false));
        (latin.Length, latin.Offset, latin.StoredBytes, latin.IsLatin1).ShouldBe((1, 18, 2, true));
    }

    [Fact]
    public void A_dict_answers_by_text_keys_and_the_last_of_several_wins()
    {
        var dict = (PickleDict)Interpreted.Run(Interpreted.Opcodes(@"}(\x8c\x01aK\x01K\x05K\x02\x8c\x01bN\x8c\x01aK\x03u.")).Value!;

        (dict["a"], dict["b"], dict["c"]).ShouldBe((3L, null, null));
        (dict.Has("a"), dict.Has("b"), dict.Has("c")).ShouldBe((true, true, false));
    }
}
