using System.Globalization;

namespace Lodger.Cli.Composition;

/// <summary>How to start this very program again.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Prefix">Arguments that come before all others.</param>
/// <param name="Build">Changes with every build: a client of another build replaces an idle server.</param>
internal sealed record OwnProgram(string Path, IReadOnlyList<string> Prefix, string Build)
{
    private static readonly Lazy<OwnProgram> Found = new(Find);

    public static OwnProgram Running => Found.Value;

    /// <summary>For people: <c>0.1.0</c>.</summary>
    public static string Version => typeof(OwnProgram).Assembly.GetName().Version is { } v ? string.Create(CultureInfo.InvariantCulture, $"{v.Major}.{v.Minor}.{v.Build}") : "0";

    /// <summary>Of the program in a directory, of this version.</summary>
    public static string BuildIn(string directory) => $"{Version}+{Fingerprint(directory)}";

    private static OwnProgram Find()
    {
        var directory = AppContext.BaseDirectory;
        var own = System.IO.Path.Combine(directory, "lodger");
        var build = BuildIn(directory);
        if (File.Exists(own))
            return new(own, [], build);
        // Installed as a dotnet tool, its launcher lies elsewhere; without one, dotnet itself was called.
        return Environment.ProcessPath is { } launcher && System.IO.Path.GetFileName(launcher) == "lodger"
            ? new(launcher, [], build)
            : new("dotnet", [System.IO.Path.Combine(directory, "lodger.dll")], build);
    }

    /// <summary>From names, sizes and times of the program's own files, one or many: cheaper than reading them, and enough to tell builds apart.</summary>
    private static string Fingerprint(string directory)
    {
        var files = new DirectoryInfo(directory).GetFiles("*odger*");
        Array.Sort(files, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        // FNV-1a: nobody is to be kept from making another of the same, and a cryptographic library takes longer to load than all the rest takes.
        var hash = 0xcbf29ce484222325;
        foreach (var file in files)
        {
            if (file.Extension is not (".dll" or ""))
                continue;
            foreach (var letter in string.Create(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}\n"))
                hash = unchecked((hash ^ letter) * 0x100000001b3);
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture)[..12];
    }
}
