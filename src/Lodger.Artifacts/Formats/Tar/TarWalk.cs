using System.Buffers;

namespace Lodger.Artifacts.Formats.Tar;

/// <summary>Walks an archive from its first header to the two blocks of zeros that end it.</summary>
internal sealed class TarWalk(Stream stream, FormatReport report, CancellationToken cancellation)
{
    private const int MaxMembers = 1_000_000;
    private const int MaxExtendedBytes = 1024 * 1024;

    private readonly byte[] _block = new byte[TarHeader.BlockBytes];
    private string? _name;
    private string? _linkName;
    private long? _bytes;
    private long _at;
    private bool _warnedOfPath;

    /// <summary>Members seen, directories and links too.</summary>
    internal long Members { get; private set; }

    /// <summary>Whether it has a member where torch.load, which opens a plain tar, takes the first pickle that it runs (torch/serialization.py, legacy_load).</summary>
    internal bool HoldsTorchPickle { get; private set; }

    private string Shown => Members == 0 && _name is null ? string.Empty : $"member \"{PrintableText.Of(_name ?? "?", 100)}\": ";

    /// <exception cref="InvalidDataException">The sentence names the member and says what is wrong with it.</exception>
    internal void Walk()
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var at = _at;
            if (!ReadBlock($"at byte {at} a header or the two end blocks should follow"))
            {
                throw new InvalidDataException($"it ends at byte {at} after {Members} members without its end blocks: it was cut short.");
            }

            if (!_block.AsSpan().ContainsAnyExcept((byte)0))
            {
                End();
                return;
            }

            Take(HeaderAt(at));
            if (Members > MaxMembers)
            {
                report.CannotJudge("tar-too-many", $"it has more than {MaxMembers} members.");
                return;
            }
        }
    }

    private TarHeader HeaderAt(long at)
    {
        try
        {
            return TarHeader.Of(_block);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"after {Members} members, at byte {at}: {e.Message}", e);
        }
    }

    private void Take(TarHeader header)
    {
        switch (header.Type)
        {
            case 'x':
                (var path, var linkPath, _bytes) = PaxRecords.Read(Extended(header));
                (_name, _linkName) = (path ?? _name, linkPath ?? _linkName);
                return;
            case 'g':
                Named(PaxRecords.Read(Extended(header)).Path); // Python gives it to every member that follows
                return;
            case 'L':
                _name = Encoded(Extended(header));
                return;
            case 'K':
                _linkName = Encoded(Extended(header));
                return;
            default:
                TakeMember(header);
                return;
        }
    }

    private void TakeMember(TarHeader header)
    {
        _name ??= header.Name;
        Members++;
        Named(_name);
        WarnOfPath(_name, _linkName ?? header.LinkName, header.Type);
        for (var goesOn = header.SparseGoesOn; goesOn; goesOn = _block[504] != 0)
        {
            if (!ReadBlock("its sparse map goes on"))
            {
                throw new InvalidDataException($"{Shown}it ends inside its sparse map: it was cut short.");
            }
        }

        var bytes = header.HasContent ? _bytes ?? header.Bytes : 0;
        Skip(bytes, Padding(bytes));
        (_name, _linkName, _bytes) = (null, null, null);
    }

    private void Named(string? name) => HoldsTorchPickle |= name?.TrimEnd('/') == "storages";

    private void WarnOfPath(string name, string linkName, char type)
    {
        var leadsOut = name.StartsWith('/') || name.Split('/').Contains("..") || (type is '1' or '2' && (linkName.StartsWith('/') || linkName.Split('/').Contains("..")));
        if (leadsOut && !_warnedOfPath)
        {
            _warnedOfPath = true;
            report.Warn("tar-path", $"{Shown}its name or link leads out of the directory it is unpacked into.", "Unpack it with a tool that refuses such names, as GNU tar does by default.");
        }
    }

    private byte[] Extended(TarHeader header)
    {
        if (header.Bytes > MaxExtendedBytes)
        {
            throw new InvalidDataException($"after {Members} members: an extended header claims {header.Bytes} bytes, more than {MaxExtendedBytes}.");
        }

        var data = new byte[header.Bytes];
        var read = stream.ReadAtLeast(data, data.Length, throwOnEndOfStream: false);
        _at += read;
        if (read < data.Length)
        {
            throw new InvalidDataException($"after {Members} members: it ends inside an extended header: it was cut short.");
        }

        Skip(0, Padding(header.Bytes));
        return data;
    }

    /// <summary>Zeros that fill a content's last block.</summary>
    private static long Padding(long bytes) => (TarHeader.BlockBytes - (bytes % TarHeader.BlockBytes)) % TarHeader.BlockBytes;

    private void Skip(long bytes, long padding)
    {
        var due = (Int128)bytes + padding;
        var buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            for (Int128 there = 0; there < due;)
            {
                var read = stream.Read(buffer.AsSpan(0, (int)Int128.Min(buffer.Length, due - there)));
                if (read == 0)
                {
                    throw new InvalidDataException($"{Shown}{bytes} bytes promised, {Int128.Min(there, bytes)} there: it was cut short.");
                }

                _at += read;
                there += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The second block of zeros, then nothing but zeros in whole blocks (writers pad to their record size).</summary>
    private void End()
    {
        if (!ReadBlock("the second end block should follow"))
        {
            throw new InvalidDataException("it has one end block of two: it was cut short.");
        }

        var more = _block.AsSpan().ContainsAnyExcept((byte)0);
        while (ReadBlock("its padding should go on"))
        {
            more |= _block.AsSpan().ContainsAnyExcept((byte)0);
        }

        if (more)
        {
            report.Warn("tar-trailing", "something follows its end blocks: archives joined one after another, perhaps.", "Read it with tar's --ignore-zeros.");
        }
    }

    /// <summary>False at the end of the stream.</summary>
    private bool ReadBlock(string what)
    {
        var read = stream.ReadAtLeast(_block, _block.Length, throwOnEndOfStream: false);
        _at += read;
        return read == _block.Length || (read == 0 ? false : throw new InvalidDataException($"{Shown}it ends at byte {_at} in the middle of a block, where {what}: it was cut short."));
    }

    private static string Encoded(byte[] name) => System.Text.Encoding.UTF8.GetString(name).TrimEnd('\0');
}
