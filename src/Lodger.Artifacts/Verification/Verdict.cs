namespace Lodger.Artifacts.Verification;

/// <summary>What verification says of one file.</summary>
public enum Verdict
{
    /// <summary>The format is known and the whole file was found sound.</summary>
    Loads,

    /// <summary>The file is whole, but read the findings before loading it (it would run code, say).</summary>
    LoadsWithWarning,

    /// <summary>Only size and hash are known: no known format, or past the limits of the check.</summary>
    HashOnly,

    /// <summary>Cut, altered or inconsistent. Never a basis for destroying the original.</summary>
    Damaged,

    /// <summary>The manifest lists it, the directory does not have it.</summary>
    Missing,

    /// <summary>The directory has it, the manifest does not list it.</summary>
    Extra,
}
