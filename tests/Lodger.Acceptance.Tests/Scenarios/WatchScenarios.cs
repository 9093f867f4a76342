using Lodger.Domain.Doctor;

namespace Lodger.Acceptance.Tests.Scenarios;

/// <summary>What goes wrong while a rental exists: <see cref="WatchTests"/> makes each happen.</summary>
internal static class WatchScenarios
{
    public static readonly Scenario Starved = Of("loader-starved", Severity.Note, "two looks at a GPU that is 0 % busy", "thirteen over more than two minutes, while the log grows", "the GPU is 95 % busy");
    public static readonly Scenario Loading = Of("VAST13", Severity.Warning, "a fresh rental that loads", "one that loads for six minutes", "Lodger gives it up and takes another host");
    public static readonly Scenario NoCopy = Of("copies-stand-still", Severity.Warning, "no copy half an hour after the start", "none after 70 minutes", "the command writes what `checkpoints:` names");
    public static readonly Scenario NotGone = Of("VAST15", Severity.Warning, "a destroy that was asked for just now", "one that the platform does not carry out for six minutes", "the platform answers, and it is asked again") with { Moment = Moment.PostMortem };
    public static readonly Scenario KeyRefused = Of("ssh-key", Severity.Warning, "a machine out of reach: its lines are cut", "a machine that does not have the key", "the key is attached to the rental");
    public static readonly Scenario Zombie = Of("zombie-vram", Severity.Warning, "800 MiB in use before the command runs", "20 GB in use", "the memory is free");
    public static readonly Scenario Loopback = Of("VAST6", Severity.Warning, "a server on 0.0.0.0", "a server on 127.0.0.1 behind a mapped port", "the server is ended");
    public static readonly Scenario Stalled = Of("stalled-download", Severity.Warning, "an unfinished file that grows", "one that did not grow for ten minutes", "the download is done");
    public static readonly Scenario HubCache = Of("hub-cache", Severity.Warning, "a download on the data disk", "a download to another file system", "the download is done");
    public static readonly Scenario Frozen = Of("frozen-log", Severity.Note, "a log that is silent for six minutes", "silent for thirty", "a new line");
    public static readonly Scenario FullDisk = Of("VAST10", Severity.Warning, "3 GB of 10 free", "1 MB free", "space is made");
    public static readonly Scenario NoInodes = Of("VAST10", Severity.Warning, "20000 inodes free", "ten inodes free", "files are deleted") with { IsLong = true };
    public static readonly Scenario Clock = Of("clock-skew", Severity.Warning, "a clock that is 30 s ahead", "a clock that is 7 min ahead", "a right clock");
    public static readonly Scenario Memory = Of("out-of-memory", Severity.Warning, "half of the cgroup's memory in use", "99 % in use", "the loader has fewer processes");
    public static readonly Scenario OomKill = Of("out-of-memory", Severity.Warning, "a cgroup that counts no kill", "one that counts a kill since the command began", "a new container's counter");
    public static readonly Scenario Preempted = Of("VAST4", Severity.Warning, "the host asks a tenth more, still less than the bid", "somebody bids more", "they leave, and it comes back");
    public static readonly Scenario Stopped = Of("VAST1", Severity.Warning, "a rental that waits in scheduling", "a rental that is stopped", "it is started");
    public static readonly Scenario Waits = Of("VAST3", Severity.Error, "in scheduling since just now", "in scheduling for 40 s: somebody rented its GPU", "they leave");
    public static readonly Scenario Offline = Of("VAST7", Severity.Error, "the host is connected", "the host is not connected", "the host is back") with { IsLong = true };
    public static readonly Scenario Silent = Of("no-heartbeat", Severity.Error, "a heartbeat of a minute ago", "the lodge script is dead, its last heartbeat ten minutes old", "the lodge script runs again");
    public static readonly Scenario EndsSoon = Of("contract-end", Severity.Warning, "a contract that ends tomorrow", "one that ends in half an hour", "the host extends it");
    public static readonly Scenario Broke = Of("balance", Severity.Error, "5 dollars left", "nothing left", "credit is added");

    public static IReadOnlyList<Scenario> All { get; } =
    [
        Starved, Loading, NoCopy, NotGone, KeyRefused, Zombie, Loopback, Stalled, HubCache, Frozen, FullDisk, NoInodes, Clock, Memory, OomKill, Preempted, Stopped, Waits, Offline, Silent, EndsSoon, Broke,
    ];

    private static Scenario Of(string rule, Severity says, string near, string fires, string fix) => new(rule, Moment.Watch, near, fires, fix, says);
}
