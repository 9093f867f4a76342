namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>The opcodes that build containers and name or call globals, as inert values; and the record of which globals were named.</summary>
internal sealed class PickleCalls(PickleStack stack, Func<string, bool>? alsoAllowed)
{
    private readonly List<string> _foreign = [];

    internal IReadOnlyList<string> Foreign => _foreign;

    internal List<PickleReference> References { get; } = [];

    /// <summary>The opcodes of <see cref="Take"/>, none of which has an argument.</summary>
    internal static bool IsStackOpcode(byte opcode) => opcode is (byte)'(' or (byte)'0' or (byte)'1' or (byte)'2' or (byte)'R' or (byte)'Q' or (byte)'a' or (byte)'b'
        or (byte)'d' or (byte)'}' or (byte)'e' or (byte)'l' or (byte)']' or (byte)'o' or (byte)'s' or (byte)'t' or (byte)')' or (byte)'u'
        or 0x81 or (>= 0x85 and <= 0x87) or (>= 0x8F and <= 0x94);

    internal bool Take(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'(': stack.Mark(); return true;
            case (byte)'0': Discard(); return true;
            case (byte)'1': stack.PopMark(); return true;
            case (byte)'2': stack.Push(stack.Top); return true;
            case 0x94: stack.Remember(stack.MemoCount); return true;
            case (byte)')': stack.Push(new PickleTuple([])); return true;
            case 0x85: PushTuple(1); return true;
            case 0x86: PushTuple(2); return true;
            case 0x87: PushTuple(3); return true;
            case (byte)'t': stack.Push(new PickleTuple(stack.PopMark())); return true;
            case (byte)']': stack.Push(new PickleList()); return true;
            case (byte)'l': PushWith(new PickleList(), stack.PopMark()); return true;
            case (byte)'}': stack.Push(new PickleDict()); return true;
            case (byte)'d': PushWith(new PickleDict(), stack.PopMark()); return true;
            case 0x8F: stack.Push(new PickleSet()); return true;
            case 0x91: stack.Push(new PickleTuple(stack.PopMark())); return true; // a frozenset: as fixed as a tuple
            case (byte)'a': AddOne(); return true;
            case (byte)'e' or 0x90 or (byte)'u': Add(stack.PopMark(), inPairs: opcode == 'u'); return true;
            case (byte)'s': AddPair(); return true;
            case (byte)'Q': Refer(); return true;
            case 0x93: PushNamed(); return true;
            case (byte)'R' or 0x81: Call(stack.Pop()); return true;
            case 0x92: CallWithKeywords(); return true;
            case (byte)'o': CallMarked(); return true;
            case (byte)'b': Build(); return true;
            default: return false;
        }
    }

    internal void PushGlobal(string module, string name)
    {
        // Python 2's names for the same modules
        module = module is "__builtin__" ? "builtins" : module is "copy_reg" ? "copyreg" : module;
        var global = new PickleGlobal(module, name);
        if (!PickleGlobals.Allows(global.FullName) && alsoAllowed?.Invoke(global.FullName) != true)
        {
            AddForeign(global.FullName);
        }

        stack.Charge(2L * (module.Length + name.Length));
        stack.Push(global);
    }

    internal void PushInstance(string module, string name)
    {
        var arguments = stack.IsSpent ? [] : stack.PopMark();
        PushGlobal(module, name);
        if (!stack.IsSpent)
        {
            stack.Push(Called(stack.Pop(), new PickleTuple(arguments)));
        }
    }

    /// <summary>EXT1, EXT2, EXT4: a global by its number in a registry of the program that loads it.</summary>
    internal void PushExtension(ulong code) => PushGlobal("copyreg", $"extension {code}");

    /// <summary>STACK_GLOBAL where the stack was let go: its name is known when its two texts came right before it.</summary>
    internal void NameAfter(PickleText? module, PickleText? name)
    {
        if (module?.Value is { } known && name?.Value is { } of)
        {
            PushGlobal(known, of);
        }
        else
        {
            AddForeign("a global whose name was not followed");
        }
    }

    private void PushNamed()
    {
        if (stack.Pop() is not PickleText { Value: { } name } || stack.Pop() is not PickleText { Value: { } module })
        {
            throw new PickleException("pickle-global", "it names a global by something that is not a short text.");
        }

        PushGlobal(module, name);
    }

    private void Refer()
    {
        var reference = new PickleReference(stack.Pop());
        stack.Charge(16);
        stack.Push(reference);
        References.Add(reference);
    }

    private void Discard()
    {
        // POP closes an empty group, as Python's does
        if (stack.IsAtMark)
        {
            stack.PopMark();
        }
        else
        {
            stack.Pop();
        }
    }

    private void PushTuple(int count)
    {
        var items = new object?[count];
        for (var i = count - 1; i >= 0; i--)
        {
            items[i] = stack.Pop();
        }

        stack.Push(new PickleTuple(items));
    }

    private void PushWith(object container, object?[] items)
    {
        stack.Push(container);
        Add(items, container is PickleDict);
    }

    private void AddOne()
    {
        var item = stack.Pop();
        Add([item], inPairs: false);
    }

    private void AddPair()
    {
        var value = stack.Pop();
        var key = stack.Pop();
        Add([key, value], inPairs: true);
    }

    private void Add(object?[] items, bool inPairs)
    {
        stack.Charge((long)items.Length * 16);
        switch (stack.IsSpent ? null : stack.Top, inPairs)
        {
            case (PickleList list, false): list.Items.AddRange(items); break;
            case (PickleSet set, false): set.Items.AddRange(items); break;
            case (PickleCall call, false): call.Items.AddRange(items); break;
            case (PickleDict dict, true): dict.Entries.AddRange(Pairs(items)); break;
            case (PickleCall call, true): call.Entries.AddRange(Pairs(items)); break;
            case (null, _) when stack.IsSpent: break;
            default: throw new PickleException("pickle-add", "it adds items to something that holds none.");
        }
    }

    private static IEnumerable<KeyValuePair<object?, object?>> Pairs(object?[] items) => items.Length % 2 == 0
        ? items.Chunk(2).Select(pair => KeyValuePair.Create(pair[0], pair[1]))
        : throw new PickleException("pickle-add", "it sets a key without a value.");

    private void Call(object? arguments)
    {
        var callable = stack.Pop();
        stack.Push(arguments is PickleTuple tuple ? Called(callable, tuple) : throw new PickleException("pickle-call", "it calls something with arguments that are no tuple."));
    }

    /// <summary>What a call makes, whichever opcode calls.</summary>
    private object Called(object? callable, PickleTuple tuple)
    {
        NameCodec(callable, tuple);
        return PickleGlobals.Made(callable, tuple, stack) ?? new PickleCall(callable, tuple);
    }

    private void NameCodec(object? callable, object? arguments)
    {
        if (callable is PickleGlobal { FullName: "_codecs.encode" } && !(arguments is PickleTuple tuple && PickleGlobals.IsLatin1(tuple)))
        {
            AddForeign("_codecs.encode with a codec of its own choice");
        }
    }

    /// <summary>Takes over what a pickle inside this one named.</summary>
    internal void Add(IEnumerable<string> foreign)
    {
        foreach (var name in foreign)
        {
            AddForeign(name);
        }
    }

    private void AddForeign(string fullName)
    {
        if (_foreign.Count < PickleLimits.MaxGlobals && !_foreign.Contains(fullName))
        {
            _foreign.Add(fullName);
        }
    }

    private void CallWithKeywords()
    {
        var keywords = stack.Pop();
        var arguments = stack.Pop();
        var callable = stack.Pop();
        NameCodec(callable, arguments);
        stack.Push(new PickleCall(callable, arguments) { State = keywords });
    }

    private void CallMarked()
    {
        var items = stack.PopMark();
        if (items.Length == 0)
        {
            throw new PickleException("pickle-call", "it calls without saying what.");
        }

        stack.Push(Called(items[0], new PickleTuple(items[1..])));
    }

    private void Build()
    {
        var state = stack.Pop();
        switch (stack.Top)
        {
            case PickleCall call:
                call.State = state;
                break;
            case PickleDict or PickleList or PickleSet or PickleTuple:
                break; // attributes on an OrderedDict, such as _metadata: nothing here reads them
            default:
                throw new PickleException("pickle-build", "it gives a state to something that has none.");
        }
    }
}
