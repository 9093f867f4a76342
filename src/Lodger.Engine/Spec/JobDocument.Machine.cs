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

    private void ReadVolume(YamlNode node)
    {
        string? id = null;
        string? path = $"{profile.Overrides.DataDir.TrimEnd('/')}/volume";
        if (node is not YamlMap map)
        {
            id = fields.Text(node, "volume", NameRules.VolumeId);
        }
        else
        {
            foreach (YamlEntry entry in fields.Entries(node, "volume", JobFields.Volume))
            {
                if (entry.Key.Value == "id")
                    id = fields.Text(entry.Value, "volume.id", NameRules.VolumeId);
                else
                    path = fields.Text(entry.Value, "volume.path", text => PathRules.Mount(text, profile.Overrides.DataDir))?.TrimEnd('/');
            }

            if (map.Find("id") is null && map.Entries.All(entry => JobFields.Volume.Contains(entry.Key.Value)))
                fields.Add(node, "volume.id", "Which volume? Its id stands in  lodger volume list;  lodger volume create  makes one. Write for example:  volume: {id: 41200999}");
        }

        if (id is not null && path is not null)
            volume = new VolumeSpec(id, path);
    }

    /// <summary>What a job writes beside its volume would be lost with the rental, and nobody would expect it.</summary>
    private void CheckVolume(YamlMap map)
    {
        if (volume is not null && workdir is not null && !workdir.StartsWith(volume.Path + "/", StringComparison.Ordinal))
            fields.Add(map.Find("workdir")!.Value, "workdir", $"The job works on its volume, so this must lie inside {volume.Path}. Leave it out, or write for example:  workdir: {volume.Path}/{name ?? "my-job"}");
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
