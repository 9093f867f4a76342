namespace Lodger.Artifacts.Formats.Torch;

/// <summary>
/// The globals of TorchScript's own pickles (torch/csrc/jit/serialization/pickler.cpp): types of the program that lies beside them, which no Python import
/// resolves, and functions that only give a list its type.
/// </summary>
internal static class TorchScriptGlobals
{
    internal static bool Allows(string fullName) => fullName.StartsWith("__torch__.", StringComparison.Ordinal) || fullName is
        "torch.jit._pickle.build_intlist" or "torch.jit._pickle.build_tensorlist" or "torch.jit._pickle.build_doublelist" or "torch.jit._pickle.build_boollist"
        or "torch.jit._pickle.build_tensor_from_id" or "torch.jit._pickle.restore_type_tag";
}
