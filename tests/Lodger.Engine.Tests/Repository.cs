using System.Runtime.CompilerServices;

namespace Lodger.Engine.Tests;

/// <summary>Files of the source tree that tests hold the program to.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot([CallerFilePath] string here = "")
    {
        string directory = Path.GetDirectoryName(here)!;
        while (!File.Exists(Path.Combine(directory, "Lodger.slnx")))
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException($"no Lodger.slnx above {here}");
        return directory;
    }
}
