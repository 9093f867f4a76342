using Lodger.Domain.Box;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;
using Lodger.Vast.Query;

namespace Lodger.Engine.Spec;

/// <summary>One job file being read: each field by its own few lines, then what must hold between fields.</summary>
internal sealed partial class JobDocument(SpecFields fields, string directory, PlatformProfile profile)
{
    private const int GpusMax = 16;

    /// <summary>Larger than any offer's disk: a size beyond it is a slip of the unit.</summary>
    private const int DiskGbMax = 100_000;

    private string? name;
    private string? image;
    private RegistryLogin? registry;
    private GpuRequest? gpu;
    private int? diskGb;
    private string? offers;
    private RentMode rent = RentMode.OnDemand;
    private BidSpec? bid;
    private DeadlineSpec? deadline;
    private TimeSpan? patience;
    private MirrorSpec mirror = MirrorSpec.Default;
    private VolumeSpec? volume;
    private SweepSpec? sweep;
    private RehearseSpec rehearse = RehearseSpec.Default;
    private string? codeDirectory;
    private readonly List<DataSource> data = [];
    private readonly Dictionary<string, string> env = new(StringComparer.Ordinal);
    private readonly List<string> secrets = [];
    private readonly List<string> ports = [];
    private string? setup;
    private string? run;
    private string? workdir;
    private List<string> checkpoints = [];
    private IReadOnlyList<string> results = [];
    private readonly List<string> copies = [];
    private ProgressSpec? progress;
    private StallSpec? stall;
    private TeardownMode teardown = TeardownMode.Ask;
    private decimal? budgetUsd;
    private TimeSpan? work;
    private TimeSpan? abandoned = JobSpec.DefaultAbandonedAfter;

    /// <summary>Null when a required field is missing or wrong; then errors say so.</summary>
    public JobSpec? Read(YamlMap map)
    {
        foreach (YamlEntry entry in map.Entries)
            ReadField(entry);

        foreach (string missing in JobFields.Required.Where(field => map.Find(field) is null))
            fields.Add(map, missing, Missing(missing));
        foreach (string both in secrets.Where(env.ContainsKey))
            fields.Add(map.Find("secrets")!.Value, "secrets", $"{both} stands under env: too. Keep it in one of them.");

        CheckRent(map);
        CheckVolume(map);
        CheckSweep(map);

        if (name is null || image is null || gpu is null || diskGb is null || run is null)
            return null;

        return new JobSpec
        {
            Name = name,
            Image = image,
            Registry = registry,
            Gpu = gpu,
            DiskGb = diskGb.Value,
            Offers = offers,
            Rent = rent,
            Bid = bid,
            Deadline = deadline,
            Patience = patience,
            Mirror = mirror,
            Volume = volume,
            Sweep = sweep,
            Rehearse = rehearse,
            CodeDirectory = codeDirectory,
            Data = data,
            Env = env,
            Secrets = secrets,
            Ports = ports,
            Setup = setup,
            Run = run,
            Workdir = workdir ?? (volume is null ? null : $"{volume.Path}/{name}"),
            Checkpoints = checkpoints,
            Results = results,
            Copies = copies,
            Progress = progress,
            Stall = stall,
            Teardown = teardown,
            BudgetUsd = budgetUsd,
            Work = work,
            StopWhenAbandonedAfter = abandoned,
        };
    }

    private void ReadField(YamlEntry entry)
    {
        string field = entry.Key.Value;
        YamlNode value = entry.Value;
        switch (field)
        {
            case "name": name = fields.Text(value, field, NameRules.Job); break;
            case "image": image = fields.Text(value, field, NameRules.Image); break;
            case "registry": ReadRegistry(value); break;
            case "gpu": ReadGpu(value); break;
            case "disk": ReadDisk(value); break;
            case "offers": offers = fields.Text(value, field, WrongQuery); break;
            case "rent": ReadRent(value); break;
            case "bid": ReadBid(value); break;
            case "deadline": ReadDeadline(value); break;
            case "patience": patience = fields.Duration(value, field); break;
            case "mirror": ReadMirror(value); break;
            case "volume": ReadVolume(value); break;
            case "sweep": ReadSweep(value); break;
            case "rehearse": ReadRehearse(value); break;
            case "code": ReadCode(value); break;
            case "data": ReadData(value); break;
            case "env": ReadEnv(value); break;
            case "secrets": ReadSecrets(value); break;
            case "ports": ReadPorts(value); break;
            case "setup": setup = fields.Text(value, field); break;
            case "run": run = fields.Text(value, field); break;
            case "workdir": workdir = fields.Text(value, field, path => PathRules.Workdir(path, profile.Overrides.DataDir))?.TrimEnd('/'); break;
            case "checkpoints": checkpoints = ReadPatterns(value, field); break;
            case "results": ReadResults(value); break;
            case "copies": ReadCopies(value); break;
            case "progress": ReadProgress(value); break;
            case "stall": ReadStall(value); break;
            case "teardown": teardown = fields.Word(value, field, "ask", "when-verified") == "when-verified" ? TeardownMode.WhenVerified : TeardownMode.Ask; break;
            case "budget": budgetUsd = fields.Usd(value, field); break;
            case "work": work = fields.Duration(value, field); break;
            case "abandoned": abandoned = value is YamlScalar { Value: "never" } ? null : fields.Duration(value, field); break;
            default:
                if (JobFields.NotYet.TryGetValue(field, out string? instead))
                    fields.Add(entry.Key, field, $"There is no such field. {instead} Remove this one.");
                else
                    fields.RefuseUnknown(entry.Key, "", JobFields.All);
                break;
        }
    }

    /// <summary>Null: the conditions are written as the platform's grammar has them.</summary>
    private static string? WrongQuery(string text) => OfferQuery.Parse(text).Problem is { } wrong ? wrong.ToString() : null;

    private static string Missing(string field) => field switch
    {
        "name" => "The job needs a name. Write for example:  name: my-job",
        "image" => "The image is the environment, so it has to be said. Write for example:  image: pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime",
        "gpu" => "Which GPU? Write for example:  gpu: RTX 4090",
        "disk" => "How large a disk? It can never grow. Write for example:  disk: 40GB",
        "run" => "What is to be run? Write for example:  run: python3 train.py",
        _ => "Which files are the results? The machine is only given up when they are home and load. Write for example:  results: [results/*.json, results/*.safetensors]",
    };
}
