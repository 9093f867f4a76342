using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Lodger.Artifacts;
using Lodger.Artifacts.Formats.Tar;
using Lodger.Domain.Problems;
using Lodger.Remote.Code;

namespace Lodger.Engine.Code;

/// <summary>
/// Takes a tar archive that somebody else made into a directory of our own, as it comes. It is read as hostile: names are confined, links are made after everything else and lead nowhere but inside, whatever is no file and no link is
/// refused, and everything has a bound.
/// </summary>
/// <param name="mayGoOn">Asked now and then while it is written; false: the disk has no room for more.</param>
internal sealed class CodeUnpack(Stream archive, string directory, Func<bool>? mayGoOn = null)
{
    /// <summary>Headers and what fills their blocks, besides the files.</summary>
    public const long ArchiveBytesMax = CodePack.BytesMax + (128L << 20);

    /// <summary>So many bytes, or files, links and directories, are written between two looks at the disk.</summary>
    internal const long BytesBetweenLooks = 64L << 20;

    internal const int EntriesBetweenLooks = 1000;

    private const int PathBytesMax = 1024;
    private const int SegmentBytesMax = 255;
    private const int SegmentsMax = 64;
    private const int HeaderBytesMax = 16 << 10;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<string> files = [];
    private readonly List<(string Path, string Target)> links = [];
    private readonly HashSet<string> directories = new(StringComparer.Ordinal);
    private long bytes;
    private long read;
    private int entries;
    private long bytesLookedAt;
    private int entriesLookedAt;
    private long written;

    /// <summary>The list of what was taken, and the hash of the archive's every byte; a problem when any of it may not be.</summary>
    public async Task<Outcome<UnpackedCode>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WalkAsync(cancellationToken);
            MakeLinks(cancellationToken);
            PreparedCode.WriteRoster(directory, files);
            return new UnpackedCode(files.Count, bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        catch (InvalidDataException e)
        {
            return new Problem("code-archive", $"The code was not taken: {PrintableText.Of(e.Message, 300)}", "Send a tar archive of files and of links that stay inside it.", ExitCode.BadInput);
        }
        catch (DiskFullException)
        {
            return DiskFull;
        }
        catch (EndOfStreamException)
        {
            return new Problem("code-archive", "The code was not taken: the archive ends in the middle.", "Send it again.", ExitCode.BadInput, MayRetry: true);
        }
    }

    private async Task WalkAsync(CancellationToken cancellationToken)
    {
        var block = new byte[TarHeader.BlockBytes];
        (string? Path, string? Link, long? Bytes) said = default;
        while (true)
        {
            await ReadAsync(block, cancellationToken);
            if (!block.AsSpan().ContainsAnyExcept((byte)0))
                break;
            var header = TarHeader.Of(block);
            switch (header.Type)
            {
                case 'x':
                    var records = PaxRecords.Read(await SmallAsync(header, cancellationToken));
                    said = (records.Path ?? said.Path, records.LinkPath ?? said.Link, records.Bytes ?? said.Bytes);
                    continue;
                case 'g':
                    _ = await SmallAsync(header, cancellationToken);
                    continue;
                case 'L':
                    said.Path = Text(await SmallAsync(header, cancellationToken));
                    continue;
                case 'K':
                    said.Link = Text(await SmallAsync(header, cancellationToken));
                    continue;
                case '5':
                    // Directories come with their files.
                    break;
                case '0' or '7':
                    await FileAsync(Confined(said.Path ?? header.Name), said.Bytes ?? header.Bytes, IsExecutable(block), cancellationToken);
                    break;
                case '2':
                    var (path, target) = (Confined(said.Path ?? header.Name), said.Link ?? header.LinkName);
                    Count(path);
                    if (!CodeLinks.StaysInside(path, target))
                        throw new InvalidDataException($"the link {path} leads out of the code, to {target}.");
                    links.Add((path, target));
                    files.Add(path);
                    break;
                default:
                    throw new InvalidDataException($"{said.Path ?? header.Name} is neither a file nor a symbolic link (type {header.Type}).");
            }

            said = default;
        }

        // Whatever follows the end is part of what was sent, and of its hash.
        var rest = new byte[64 << 10];
        int count;
        while ((count = await archive.ReadAsync(rest, cancellationToken)) > 0)
            Took(rest.AsSpan(0, count));
    }

    private async Task FileAsync(string path, long length, bool isExecutable, CancellationToken cancellationToken)
    {
        Count(path);
        bytes = length < 0 || length > CodePack.BytesMax - bytes ? throw new InvalidDataException($"its files are larger than {CodePack.BytesMax / 1e6:0} MB together.") : bytes + length;
        var full = Path.Combine(directory, path);
        if (File.Exists(full) || Directory.Exists(full) || IsBelowFile(path))
            throw new InvalidDataException($"{path} is there twice, or as a file and as a directory.");
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        await using (var file = new FileStream(full, FileMode.CreateNew, FileAccess.Write))
        {
            var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
            try
            {
                for (var left = length; left > 0;)
                {
                    var part = buffer.AsMemory(0, (int)Math.Min(left, buffer.Length));
                    await ReadAsync(part, cancellationToken);
                    await file.WriteAsync(part, cancellationToken);
                    left -= part.Length;
                    written += part.Length;
                    Look();
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        // Whether it can be run is all that is taken over.
        if (isExecutable && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await SkipPaddingAsync(length, cancellationToken);
        files.Add(path);
    }

    private bool IsBelowFile(string path)
    {
        for (var above = Path.GetDirectoryName(path); !string.IsNullOrEmpty(above); above = Path.GetDirectoryName(above))
        {
            if (File.Exists(Path.Combine(directory, above)))
                return true;
        }

        return false;
    }

    private void MakeLinks(CancellationToken cancellationToken)
    {
        var paths = links.Select(l => l.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var (path, target) in links)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Nothing is made through a link: files were made before there was any, and no link is made below another.
            if (CodePack.DirectoriesOf(path).Any(paths.Contains))
                throw new InvalidDataException($"{path} lies below a link.");
            var full = Path.Combine(directory, path);
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(full)!);
                File.CreateSymbolicLink(full, target);
            }
            catch (IOException e)
            {
                throw new InvalidDataException($"{path} is there twice, or as a link and as something else.", e);
            }
        }
    }

    /// <summary>One more, with the directories that it is the first in.</summary>
    private void Count(string path)
    {
        entries += 1 + CodePack.DirectoriesOf(path).TakeWhile(directories.Add).Count();
        if (entries > CodePack.FilesMax)
            throw new InvalidDataException($"it has more than {CodePack.FilesMax} files and directories.");
        Look();
    }

    private void Look()
    {
        if (written - bytesLookedAt < BytesBetweenLooks && entries - entriesLookedAt < EntriesBetweenLooks)
            return;
        (bytesLookedAt, entriesLookedAt) = (written, entries);
        if (mayGoOn?.Invoke() is false)
            throw new DiskFullException();
    }

    /// <summary>What the server answers whose disk has no room.</summary>
    internal static Problem DiskFull { get; } = new("disk-full", "The server's disk has no room for more code.", "Whoever runs the server has to make room.", ExitCode.Prerequisite);

    private sealed class DiskFullException : Exception;

    /// <summary>Relative, without anything that leads elsewhere or that a terminal would act on.</summary>
    private static string Confined(string name)
    {
        var path = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
        var segments = path.Split('/');
        if (path.Length == 0 || Encoding.UTF8.GetByteCount(path) > PathBytesMax || segments.Length > SegmentsMax)
            throw new InvalidDataException($"the name {name} is empty, or longer or deeper than any that is taken.");
        if (segments.Any(s => s is "" or "." or ".." || Encoding.UTF8.GetByteCount(s) > SegmentBytesMax))
            throw new InvalidDataException($"the name {name} is absolute or leads elsewhere.");
        if (path.Any(c => char.IsControl(c) || c == '\uFFFD'))
            throw new InvalidDataException($"the name {name} has bytes that no name should have.");
        // No client sends them, and they make programs that look at a directory do more than look.
        return segments.FirstOrDefault(IsNeverTaken) is { } odd ? throw new InvalidDataException($"{path} lies in or is {odd}, which is no code.") : path;
    }

    /// <summary>Whatever its case, for file systems to which that is the same name.</summary>
    private static bool IsNeverTaken(string segment) => segment.Equals(".git", StringComparison.OrdinalIgnoreCase) || segment.Equals(BundleLayout.OwnDirectory, StringComparison.OrdinalIgnoreCase);

    /// <summary>Of its owner: an octal number whose last three digits are for owner, group and others.</summary>
    private static bool IsExecutable(ReadOnlySpan<byte> header) => header.Slice(100, 8).Trim(" \0"u8) is [.., var owner, _, _] && ((owner - '0') & 1) != 0;

    /// <summary>The content of a header that speaks of the next one.</summary>
    private async Task<byte[]> SmallAsync(TarHeader header, CancellationToken cancellationToken)
    {
        if (header.Bytes is < 0 or > HeaderBytesMax)
            throw new InvalidDataException($"an extended header of {header.Bytes} bytes is larger than any that is taken.");
        var content = new byte[header.Bytes];
        await ReadAsync(content, cancellationToken);
        await SkipPaddingAsync(header.Bytes, cancellationToken);
        return content;
    }

    private static string Text(byte[] content)
    {
        try
        {
            return StrictUtf8.GetString(content.AsSpan().TrimEnd((byte)0));
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("a name is no UTF-8.", e);
        }
    }

    private Task SkipPaddingAsync(long length, CancellationToken cancellationToken) =>
        (int)(length % TarHeader.BlockBytes) is > 0 and var last ? ReadAsync(new byte[TarHeader.BlockBytes - last], cancellationToken) : Task.CompletedTask;

    private async Task ReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        await archive.ReadExactlyAsync(into, cancellationToken);
        Took(into.Span);
    }

    private void Took(ReadOnlySpan<byte> part)
    {
        read += part.Length;
        if (read > ArchiveBytesMax)
            throw new InvalidDataException($"it is larger than {ArchiveBytesMax / 1e6:0} MB.");
        hash.AppendData(part);
    }
}

/// <param name="Bytes">Of all files.</param>
/// <param name="Sha256">Of the archive, lower-case hex.</param>
internal sealed record UnpackedCode(int Files, long Bytes, string Sha256);
