using System.Text.Json.Nodes;
using Lodger.Marketplace.Http;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Contracts;

/// <summary>Reads the body of a create call. What the body leaves out comes from the template, if it names one; what both leave out from the defaults.</summary>
internal static class OrderReader
{
    /// <summary>The description's limit; the documentation's 16 KB is the other reading, and this the stricter.</summary>
    public const int OnstartCharactersMax = 4048;

    public const int LabelCharactersMax = 1024;
    private const decimal DiskGbMin = 10;
    private const decimal BidUsdMin = 0.001m;
    private const decimal BidUsdMax = 128m;
    private const int ArgsMax = 256;
    private const int PathCharactersMax = 1024;

    /// <summary>The working directory of every image here.</summary>
    private const string ImageFolder = "/";

    /// <summary>The order, or why there is none: a slug and a sentence.</summary>
    public static (Order? Order, string Slug, string Error) Read(ApiCall call)
    {
        var body = call.Body;
        Template? template = null;
        if (call.Text("template_hash_id") is { Length: > 0 } hash && (template = call.Account.Templates.Find(t => t.HashId == hash)) is null) return Invalid($"there is no template {hash} on this account");
        if (call.Flag("vm") == true) return Invalid("VM instances are not offered by this market");
        if (body["image_login"] is not (null or JsonValue)) return Invalid("'image_login' is a string of docker login arguments");
        if ((NonEmpty(call.Text("image")) ?? template?.Image) is not { } image) return Invalid("'image' is required");

        var disk = body["disk"] ?? template?.Fields["recommended_disk_space"];
        var diskGb = disk is null ? DiskGbMin : Filters.Number(disk) ?? -1;
        if (diskGb < DiskGbMin && body["disk"] is null) diskGb = DiskGbMin; // A template may recommend less than can be had.
        if (diskGb < DiskGbMin) return Invalid($"'disk' must be at least {DiskGbMin} (GB)");

        var onstart = call.Text("onstart") ?? template?.Text("onstart");
        if (onstart?.Length > OnstartCharactersMax) return Invalid($"'onstart' has {onstart.Length} characters; at most {OnstartCharactersMax} are allowed");
        var label = call.Text("label");
        if (label?.Length > LabelCharactersMax) return Invalid($"'label' has {label.Length} characters; at most {LabelCharactersMax} are allowed");

        decimal? bid = body["price"] is null ? null : Filters.Number(body["price"]) ?? 0;
        if (bid is < BidUsdMin or > BidUsdMax) return (null, "invalid_price", $"'price' must be {BidUsdMin} to {BidUsdMax} ($/hour)");

        var env = EnvReader.Read(body["env"]);
        if (env.Error is null && template?.Fields["env"] is { } defaults) env = EnvReader.Merge(EnvReader.Read(defaults), env);
        if (env.Error is not null) return Invalid(env.Error);

        var (args, argsError) = ReadArgs(call, template);
        if (argsError is not null) return Invalid(argsError);
        var (runtype, direct, runtypeError) = ReadRuntype(NonEmpty(call.Text("runtype")) ?? OfTemplate(template), args.Count > 0);
        if (runtypeError is not null) return Invalid(runtypeError);
        if (args.Count > 0 && runtype != Runtype.Args) return Invalid("'args' go with runtype 'args' only");

        var (notebook, notebookError) = runtype == Runtype.Jupyter ? ReadNotebook(call, template) : (null, null);
        if (notebookError is not null) return Invalid(notebookError);

        var startNow = call.Text("target_state") is null or "running";
        var cancel = call.Flag("cancel_unavail") ?? (startNow && bid is null);
        return (new Order(image, diskGb, onstart, label, env, body["volume_info"] as JsonObject, runtype, direct, notebook, args, startNow, cancel, bid, template), "", "");
    }

    /// <summary>All spellings: one word, or several that go together. <c>direc</c> is the official client's, <c>direct</c> the description's.</summary>
    public static (Runtype Runtype, bool Direct, string? Error) ReadRuntype(string? text, bool hasArgs)
    {
        var (runtype, direct) = (hasArgs && text is null ? Runtype.Args : Runtype.Ssh, false);
        foreach (var word in (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (word)
            {
                case "ssh" or "ssh_proxy":
                    break;
                case "ssh_direc" or "ssh_direct":
                    direct = true;
                    break;
                case "jupyter" or "jupyter_proxy":
                    runtype = Runtype.Jupyter;
                    break;
                case "jupyter_direc" or "jupyter_direct":
                    (runtype, direct) = (Runtype.Jupyter, true);
                    break;
                case "args":
                    runtype = Runtype.Args;
                    break;
                default:
                    return (runtype, direct, $"runtype '{word}' is not known");
            }
        }

        return (runtype, direct, null);
    }

    private static (Notebook? Notebook, string? Error) ReadNotebook(ApiCall call, Template? template)
    {
        var folder = NonEmpty(call.Text("jupyter_dir")) ?? NonEmpty(template?.Text("jupyter_dir")) ?? ImageFolder;
        return folder is ['/', ..] && folder.Length <= PathCharactersMax && !folder.Contains('\0', StringComparison.Ordinal)
            ? (new Notebook(folder, call.Flag("use_jupyter_lab") ?? template?.Flag("use_jupyter_lab") ?? false), null)
            : (null, "'jupyter_dir' must be an absolute path");
    }

    private static (IReadOnlyList<string> Args, string? Error) ReadArgs(ApiCall call, Template? template)
    {
        if (call.Body["args"] is JsonArray array)
            return array.Count > ArgsMax || array.Any(a => a is not JsonValue) ? ([], $"'args' must be a list of at most {ArgsMax} strings") : ([.. array.Select(a => a!.ToString())], null);
        if (call.Body["args"] is not null) return ([], "'args' must be a list of strings");
        return (NonEmpty(call.Text("args_str")) ?? template?.Text("args_str")) is { } text ? (EnvReader.Split(text), null) : ([], null);
    }

    private static string? OfTemplate(Template? template) => template?.Text("runtype") switch
    {
        null => null,
        "ssh" => template.Flag("ssh_direct") ? "ssh_direc ssh_proxy" : "ssh_proxy",
        "jupyter" => template.Flag("jup_direct") ? "jupyter_direc ssh_direc ssh_proxy" : "jupyter_proxy ssh_proxy",
        var other => other,
    };

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static (Order? Order, string Slug, string Error) Invalid(string why) => (null, "invalid_args", why);
}
