using Lodger.Domain.Spec;
using Lodger.Engine.Yaml;

namespace Lodger.Engine.Spec;

/// <content>What is different when the job is only rehearsed.</content>
internal sealed partial class JobDocument
{
    private void ReadRehearse(YamlNode node)
    {
        string? command = null;
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        bool deterministic = false;
        foreach (YamlEntry entry in fields.Entries(node, "rehearse", JobFields.Rehearse))
        {
            switch (entry.Key.Value)
            {
                case "run": command = fields.Text(entry.Value, "rehearse.run"); break;
                case "env": ReadVariables(entry.Value, "rehearse.env", variables); break;
                default: deterministic = fields.Word(entry.Value, "rehearse.deterministic", "true", "false") == "true"; break;
            }
        }

        rehearse = new RehearseSpec(command, variables, deterministic);
    }
}
