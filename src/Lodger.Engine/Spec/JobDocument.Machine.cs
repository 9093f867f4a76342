using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Spec;

/// <content>What is rented: registry, GPU, disk.</content>
internal sealed partial class JobDocument
{
    private void ReadRegistry(YamlNode node)
    {
        string? server = null;
        string? user = null;
        string? secret = null;
        foreach (YamlEntry entry in fields.Entries(node, "registry", JobFields.Registry))
        {
            switch (entry.Key.Value)
            {
                case "server": server = fields.Text(entry.Value, "registry.server", NameRules.RegistryServer); break;
                case "user": user = fields.Text(entry.Value, "registry.user", NameRules.RegistryUser); break;
                default: secret = fields.Text(entry.Value, "registry.password_secret", NameRules.Variable); break;
            }
        }

        if (node is YamlMap map)
        {
            foreach (string missing in JobFields.Registry.Where(field => map.Find(field) is null))
                fields.Add(node, $"registry.{missing}", "A login needs server, user and password_secret (the name of the variable that holds the password).");
        }

        if (server is not null && user is not null && secret is not null)
            registry = new RegistryLogin(server, user, secret);
    }

    private void ReadGpu(YamlNode node)
    {
        if (node is not YamlMap map)
        {
            List<string> alone = ReadGpuNames(node, "gpu");
            gpu = alone.Count > 0 ? new GpuRequest(alone, 1, null) : null;
            return;
        }

        IReadOnlyList<string> names = [];
        int? count = 1;
        int? memoryGb = null;
        foreach (YamlEntry entry in fields.Entries(node, "gpu", JobFields.Gpu))
        {
            switch (entry.Key.Value)
            {
                case "count": count = fields.Count(entry.Value, "gpu.count", GpusMax); break;
                case "memory": memoryGb = fields.Gigabytes(entry.Value, "gpu.memory", "memory: 24GB"); break;
                default: names = [.. names, .. ReadGpuNames(entry.Value, $"gpu.{entry.Key.Value}")]; break;
            }
        }

        if (map.Find("name") is null && map.Find("names") is null)
        {
            // A misspelt name was reported by itself.
            if (!map.Entries.All(entry => JobFields.Gpu.Contains(entry.Key.Value)))
                return;
            fields.Add(node, "gpu", "Which GPU? Write for example:  gpu: {name: RTX 4090, count: 1}");
        }
        else if (map.Find("name") is not null && map.Find("names") is { } both)
            fields.Add(both.Key, "gpu.names", "name and names say the same thing. Keep one.");
        else if (names.Count > 0 && count is not null)
            gpu = new GpuRequest(names, count.Value, memoryGb);
    }

    private List<string> ReadGpuNames(YamlNode node, string field)
    {
        var names = new List<string>();
        foreach (YamlNode item in fields.Items(node, field))
        {
            // The platform's own tools write RTX_4090 for RTX 4090.
            if (fields.Text(item, field, NameRules.Gpu) is { } text && !names.Contains(text.Replace('_', ' '), StringComparer.OrdinalIgnoreCase))
                names.Add(text.Replace('_', ' '));
        }

        if (node is YamlList { Items.Count: 0 })
            fields.Add(node, field, "The list is empty. Name at least one GPU.");
        return names;
    }

    private void ReadDisk(YamlNode node)
    {
        if (fields.Gigabytes(node, "disk", "disk: 40GB") is not { } gb)
            return;

        if (gb < profile.MinDiskGb)
            fields.Add(node, "disk", $"{SpecFields.Short(((YamlScalar)node).Value)} is below the platform's minimum of {profile.MinDiskGb} GB, and a disk can never grow. Count image, data, checkpoints and results. Write:  disk: 40GB");
        else if (gb > DiskGbMax)
            fields.Add(node, "disk", $"More than {DiskGbMax} GB are offered nowhere. Check the unit.");
        else
            diskGb = gb;
    }
}
