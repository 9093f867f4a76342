namespace Lodger.Artifacts.Formats.Torch;

/// <summary>The names that PyTorch's files go by. A .bin may be anything and is told by its content alone.</summary>
internal static class TorchNames
{
    private static readonly string[] _endings = [".pt", ".pth", ".ckpt", ".ptl"];

    /// <summary>Whether other programs give their files such names: MindSpore and TensorFlow write .ckpt, Python reads paths from .pth.</summary>
    internal static bool IsSharedWithOthers(string fileName) => fileName.EndsWith(".ckpt", StringComparison.OrdinalIgnoreCase) || fileName.EndsWith(".pth", StringComparison.OrdinalIgnoreCase);

    internal static bool Recognises(string fileName) => Array.Exists(_endings, ending => fileName.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether somebody may give a file of this name to torch.load: one that is recognised, a .bin, or a .pth.tar, which is what many call the first.</summary>
    internal static bool MayBe(string fileName) =>
        Recognises(fileName) || fileName.EndsWith(".bin", StringComparison.OrdinalIgnoreCase) || (Path.GetExtension(fileName).Equals(".tar", StringComparison.OrdinalIgnoreCase) && Recognises(fileName[..^".tar".Length]));
}
