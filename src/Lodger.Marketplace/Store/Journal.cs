using System.Text;
using System.Text.Json;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Metering;
using Lodger.Marketplace.Volumes;

namespace Lodger.Marketplace.Store;

/// <summary>What a journal held when it was opened.</summary>
/// <param name="Accounts">Newest state of each account.</param>
/// <param name="Contracts">Newest state of each contract, metered up to the last beat.</param>
/// <param name="Volumes">Newest state of each volume, likewise.</param>
/// <param name="LastBeat">The last market time at which the marketplace is known to have lived; null for a new state directory.</param>
/// <param name="Header">What was settled when the state directory was made.</param>
internal sealed record JournalContent(
    IReadOnlyList<Account> Accounts, IReadOnlyList<Contract> Contracts, IReadOnlyList<VolumeContract> Volumes, DateTimeOffset? LastBeat, JournalHeader Header)
{
    /// <summary>Machines that have gone for good.</summary>
    public IReadOnlyList<long> VanishedMachines { get; init; } = [];
}

/// <summary>The journal's first line.</summary>
/// <param name="ControlToken">Bearer token for <c>/control/</c>.</param>
/// <param name="Seed">The market that the contracts belong to.</param>
/// <param name="ListedSince">The market's first day, from which offers count their end dates.</param>
internal sealed record JournalHeader(string ControlToken, int Seed, DateTimeOffset ListedSince);

/// <summary>
/// The marketplace's memory: one JSON line for each new state of an account or contract, and a beat line now and then that carries the market's time and
/// the bytes moved. A process killed at any byte leaves at most a torn last line, which is dropped. Opening rewrites the file to one line each.
/// </summary>
internal sealed class Journal : IDisposable
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly FileStream _file;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, (long Up, long Down)> _beatBytes = [];

    private Journal(FileStream file) => _file = file;

    /// <summary>Opens the journal in <paramref name="directory"/>, which this process must have locked.</summary>
    public static (Journal Journal, JournalContent Content) Open(string directory, Func<JournalHeader> newHeader)
    {
        var path = Path.Combine(directory, "journal.jsonl");
        var content = File.Exists(path) ? Read(path) : null;
        content ??= new JournalContent([], [], [], null, newHeader());

        var compacted = path + ".new";
        File.Delete(compacted);
        var userOnly = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using (var fresh = new FileStream(compacted, userOnly))
        {
            Write(fresh, new Line { Header = content.Header });
            foreach (var account in content.Accounts) Write(fresh, new Line { Account = account });
            foreach (var contract in content.Contracts) Write(fresh, new Line { Contract = contract });
            foreach (var volume in content.Volumes) Write(fresh, new Line { Volume = volume });
            foreach (var machine in content.VanishedMachines) Write(fresh, new Line { VanishedMachine = machine });
            if (content.LastBeat is { } beat) Write(fresh, new Line { Beat = new Beat(beat, []) });
            fresh.Flush(flushToDisk: true);
        }

        File.Move(compacted, path, overwrite: true);
        return (new Journal(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read)), content);
    }

    public void Append(Account account) => Append(new Line { Account = account });

    public void Append(Contract contract) => Append(new Line { Contract = contract });

    public void AppendVanished(long machineId) => Append(new Line { VanishedMachine = machineId });

    public void Append(VolumeContract volume) => Append(new Line { Volume = volume });

    /// <summary>Records that the marketplace lives at <paramref name="now"/>, with the bytes of every contract that moved some since the last beat.</summary>
    public void AppendBeat(DateTimeOffset now, IEnumerable<Contract> alive)
    {
        var moved = new List<MovedBytes>();
        foreach (var c in alive)
        {
            var bytes = (c.Usage.UploadedBytes, c.Usage.DownloadedBytes);
            if (_beatBytes.GetValueOrDefault(c.Id) == bytes) continue;
            _beatBytes[c.Id] = bytes;
            moved.Add(new MovedBytes(c.Id, bytes.UploadedBytes, bytes.DownloadedBytes));
        }

        Append(new Line { Beat = new Beat(now, moved) });
    }

    public void Dispose()
    {
        lock (_lock) _file.Dispose();
    }

    private void Append(Line line)
    {
        lock (_lock)
        {
            Write(_file, line);
            _file.Flush();
        }
    }

    private static void Write(Stream stream, Line line)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(line, Json);
        stream.Write([.. bytes, (byte)'\n']);
    }

    /// <summary>Null when not even the header was written: nothing was ever acknowledged from such a file.</summary>
    private static JournalContent? Read(string path)
    {
        var accounts = new Dictionary<long, Account>();
        var contracts = new Dictionary<long, Contract>();
        var volumes = new Dictionary<long, VolumeContract>();
        var vanished = new HashSet<long>();
        DateTimeOffset? lastBeat = null;
        JournalHeader? header = null;
        foreach (var text in File.ReadLines(path, Encoding.UTF8))
        {
            if (Parse(text) is not { } line) break; // Torn by a kill: nothing after it was ever acknowledged.
            header = line.Header ?? header;
            if (line.Account is { } account) accounts[account.Id] = account;
            if (line.Volume is { } volume) volumes[volume.Id] = volume;
            if (line.Contract is { } contract)
            {
                contracts[contract.Id] = contract;
                if (!(lastBeat >= contract.MeteredTo)) lastBeat = contract.MeteredTo; // A saved change is a sign of life, too.
            }

            if (line.VanishedMachine is { } machine) vanished.Add(machine);
            if (line.Beat is not { } beat) continue;
            lastBeat = beat.At;
            foreach (var moved in beat.Moved)
                if (contracts.GetValueOrDefault(moved.Id) is { } c)
                    c.Usage = c.Usage with { UploadedBytes = moved.Up, DownloadedBytes = moved.Down };
        }

        foreach (var contract in contracts.Values.Where(c => c.IsAlive && lastBeat > c.MeteredTo))
        {
            contract.Usage = Meter.Advance(contract.Usage, contract.Billing, lastBeat!.Value - contract.MeteredTo);
            contract.MeteredTo = lastBeat.Value;
        }

        foreach (var volume in volumes.Values.Where(_ => lastBeat is not null)) volume.MeterTo(lastBeat!.Value);
        return header is null ? null : new JournalContent([.. accounts.Values], [.. contracts.Values], [.. volumes.Values], lastBeat, header) { VanishedMachines = [.. vanished] };
    }

    private static Line? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(text, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Line
    {
        public Account? Account { get; init; }
        public Contract? Contract { get; init; }
        public VolumeContract? Volume { get; init; }
        public Beat? Beat { get; init; }
        public long? VanishedMachine { get; init; }
        public JournalHeader? Header { get; init; }
    }

    private sealed record Beat(DateTimeOffset At, IReadOnlyList<MovedBytes> Moved);

    private sealed record MovedBytes(long Id, long Up, long Down);
}
