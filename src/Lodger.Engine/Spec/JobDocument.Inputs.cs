using Lodger.Domain.Box;
using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Spec;

/// <content>What goes to the machine: code, data, environment, ports.</content>
internal sealed partial class JobDocument
{
    private void ReadCode(YamlNode node)
    {
        if (fields.Text(node, "code") is not { } text)
            return;

        string path = Path.GetFullPath(Path.Combine(directory, text));
        if (Directory.Exists(path))
            codeDirectory = path;
        else
            fields.Add(node, "code", $"There is no directory {SpecFields.Short(text)} (looked for {path}). Paths are relative to this file. For its own directory write:  code: .");
    }

    private void ReadData(YamlNode node)
    {
        foreach (YamlNode item in fields.Items(node, "data"))
        {
            if (item is YamlMap map)
                ReadDataSource(map);
            else if (fields.Text(item, "data", DataRule.Url) is { } url)
                AddData(item, url, DataRule.FileName(url), null);
        }

        if (DataRule.FirstPathTwice(data) is { } twice)
            fields.Add(node, "data", $"Two entries would be written to {SpecFields.Short(twice)}. Give one of them another path.");
    }

    private void ReadDataSource(YamlMap map)
    {
        string? url = null;
        string? path = null;
        string? sha256 = null;
        foreach (YamlEntry entry in fields.Entries(map, "data", JobFields.Data))
        {
            switch (entry.Key.Value)
            {
                case "url": url = fields.Text(entry.Value, "data.url", DataRule.Url); break;
                case "path": path = fields.Text(entry.Value, "data.path", value => PathRules.Below(value, profile.Overrides.DataDir) ?? NoWildcard(value)); break;
                default: sha256 = fields.Text(entry.Value, "data.sha256", DataRule.Sha256)?.ToLowerInvariant(); break;
            }
        }

        if (map.Find("url") is null)
            fields.Add(map, "data.url", "An entry of data needs an address. Write for example:  - url: https://example.org/data.tar");
        else if (url is not null && (path is not null || map.Find("path") is null))
            AddData(map, url, path ?? DataRule.FileName(url), sha256);
    }

    private void AddData(YamlNode place, string url, string? path, string? sha256)
    {
        if (path is null)
            fields.Add(place, "data.path", "The address ends in no file name. Say where the file goes, relative to the data directory:  path: data.tar");
        else
            data.Add(new DataSource(url, path, sha256));
    }

    private static string? NoWildcard(string path) =>
        path.AsSpan().ContainsAny('*', '?') || path.EndsWith('/') ? "One file is written here: name it, without * or ? and without a / at the end." : null;

    private void ReadEnv(YamlNode node) => ReadVariables(node, "env", env);

    private void ReadVariables(YamlNode node, string place, Dictionary<string, string> into)
    {
        if (node is not YamlMap map)
        {
            fields.Add(node, place, "Names and values are needed here. Write for example:  env: {LR: \"0.001\"}");
            return;
        }

        foreach ((YamlScalar key, YamlNode value) in map.Entries.Select(e => (e.Key, e.Value)))
        {
            string variable = key.Value;
            string field = $"{place}.{SpecFields.Short(variable)}";
            if (NameRules.Variable(variable) is { } complaint)
                fields.Add(key, place, complaint);
            else if (value is not YamlScalar scalar)
                fields.Add(value, field, "A variable has one value. Quote it when it holds brackets.");
            else if (SecretLook.Suspicious(variable, scalar.Value))
                fields.Add(value, field, $"This looks like a secret, and this file is no place for one. Set it where you run lodger and name it only:  secrets: [{variable}]");
            else if (scalar.Value.AsSpan().IndexOfAny('\n', '\r', '\0') >= 0 || scalar.Value.Length > 4096)
                fields.Add(value, field, "A value is one line of at most 4096 characters.");
            else
                into[variable] = scalar.IsNull ? "" : scalar.Value;
        }
    }

    private void ReadSecrets(YamlNode node)
    {
        foreach (YamlNode item in fields.Items(node, "secrets"))
        {
            // Whatever stands here by mistake may be a secret: it is never repeated.
            if (item is not YamlScalar scalar || NameRules.Variable(scalar.Value) is not null)
                fields.Add(item, "secrets", "Only names stand here; the value is read from your environment when the job is submitted. Write:  secrets: [WANDB_API_KEY]");
            else if (SecretLook.Suspicious("", scalar.Value))
                fields.Add(item, "secrets", "This looks like the secret itself. If it was one, revoke it. Write the variable's name:  secrets: [HF_TOKEN]");
            else if (!secrets.Contains(scalar.Value))
                secrets.Add(scalar.Value);
        }
    }

    private void ReadPorts(YamlNode node)
    {
        IReadOnlyList<YamlNode> items = fields.Items(node, "ports");
        if (items.Count > profile.MaxPorts)
            fields.Add(node, "ports", $"{items.Count} ports are listed; the platform opens at most {profile.MaxPorts} for a rental.");

        foreach (YamlNode item in items)
        {
            if (fields.Text(item, "ports") is not { } text)
                continue;
            if (!PortRule.TryParse(text, out string port, out string complaint))
                fields.Add(item, "ports", complaint);
            else if (ports.Contains(port))
                fields.Add(item, "ports", $"{port} is listed twice. Remove one.");
            else
                ports.Add(port);
        }
    }
}
