namespace Lodger.Artifacts;

/// <summary>Where things lie in a bundle.</summary>
public static class BundleLayout
{
    /// <summary>The directory at a bundle's root that is Lodger's own and never part of the roster.</summary>
    public const string OwnDirectory = ".lodger";

    /// <summary>The manifest's path, relative to the bundle.</summary>
    public const string ManifestPath = OwnDirectory + "/manifest";

    /// <summary>The receipt's path, relative to the bundle.</summary>
    public const string ReceiptPath = OwnDirectory + "/receipt.json";

    internal static ReadOnlySpan<byte> OwnDirectoryUtf8 => ".lodger"u8;
}
