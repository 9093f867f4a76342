namespace Lodger.Artifacts.Formats;

/// <summary>One file format that can be proven to load without loading it. One small sealed class a format; <see cref="KnownFormats"/> lists them.</summary>
internal interface IFormat
{
    /// <summary>The format's name on screen.</summary>
    string Name { get; }

    /// <summary>Whether the first bytes (up to <see cref="KnownFormats.HeadBytes"/>) can only be this format. False when its content has no mark of its own.</summary>
    bool RecognisesContent(ReadOnlySpan<byte> head);

    /// <summary>Whether the first bytes agree with this format, where the name says it is: a weaker sign than <see cref="RecognisesContent"/>, such as any zip.</summary>
    bool AgreesWithName(ReadOnlySpan<byte> head) => false;

    /// <summary>Whether a file of this name claims to be this format.</summary>
    bool RecognisesName(string fileName);

    /// <summary>Whether a file of no bytes is a whole file of this format.</summary>
    bool MayBeEmpty => false;

    /// <summary>Whether files beside it say if a file of no bytes is whole: <see cref="Verify"/> is asked then.</summary>
    bool JudgesEmpty => false;

    /// <summary>
    /// Checks the whole file and says what it found in <paramref name="report"/>. Every byte is hostile: memory stays bounded whatever it says,
    /// and nothing in it is executed. Reading in order lets the hash ride along in the same pass.
    /// </summary>
    void Verify(HashedFile file, FormatReport report, CancellationToken cancellation);
}
