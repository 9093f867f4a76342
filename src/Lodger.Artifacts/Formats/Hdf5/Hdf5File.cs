using System.Text;
using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Hdf5;

/// <summary>The file's bytes by its own addresses, and what was claimed of them so far.</summary>
internal sealed class Hdf5File(FieldReader fields, Hdf5Superblock superblock)
{
    /// <summary>The address that stands for none.</summary>
    internal const ulong Undefined = ulong.MaxValue;

    private const int MaxExtents = 1_000_000;

    // a message, a link, a tree entry and eight characters of a name take eight bytes at least, and an honest file has each once
    private long _stepsLeft = 1000 + (superblock.EndOfFile / 4);

    internal FieldReader Fields => fields;

    /// <summary>Where data lies, for the check that nothing overlaps.</summary>
    internal List<Extent> Extents { get; } = [];

    /// <summary>Whether there were more than are kept.</summary>
    internal bool HasMoreExtents { get; private set; }

    /// <summary>An address as an offset in the file.</summary>
    internal long Offset(ulong address) =>
        address <= (ulong)(superblock.EndOfFile - superblock.Base) ? (long)address + superblock.Base
        : throw new InvalidDataException($"it points to address {address}, and the file ends at {superblock.EndOfFile}.");

    /// <summary>Goes to an address, where a structure with this mark must be.</summary>
    internal void Seek(ulong address, ReadOnlySpan<byte> mark)
    {
        fields.Seek(Offset(address));
        if (!fields.Take(mark.Length).SequenceEqual(mark))
        {
            throw new InvalidDataException($"at address {address} there is no {Encoding.ASCII.GetString(mark)} where one should be.");
        }
    }

    /// <summary>Counts a message, link, entry or part of a name that was followed: a file that leads to the same ones over and over is stopped.</summary>
    internal void Step(int steps = 1)
    {
        _stepsLeft -= steps;
        if (_stepsLeft < 0)
        {
            throw new InvalidDataException("its structures lead to each other in circles, or many to one.");
        }
    }

    /// <summary>Holds data to the file's end.</summary>
    internal void Claim(string name, ulong address, long bytes)
    {
        var offset = Offset(address);
        var there = Math.Max(0, superblock.EndOfFile - offset);
        if (bytes > there)
        {
            throw new InvalidDataException($"{bytes} bytes at address {address} promised, {there} there before the file's end.");
        }

        if (Extents.Count < MaxExtents)
        {
            Extents.Add(new Extent(name, offset, bytes));
        }
        else
        {
            HasMoreExtents = true;
        }
    }
}
