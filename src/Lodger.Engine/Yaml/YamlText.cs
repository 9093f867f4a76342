using Lodger.Domain.Spec;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Lodger.Engine.Yaml;

/// <summary>
/// Reads one bounded YAML document into nodes with positions. Deliberately less than YAML: no aliases (they can grow
/// without bound), no tags, no second document, no key twice. Nesting is followed without recursion.
/// </summary>
internal static class YamlText
{
    public const int CharactersMax = 256 * 1024;
    private const int DepthMax = 16;
    private const int NodesMax = 20_000;

    /// <summary>The document's root, or null when it is empty or cannot be read; what is wrong is added to <paramref name="errors"/>.</summary>
    public static YamlNode? Parse(string text, string file, List<SpecError> errors)
    {
        if (text.Length > CharactersMax)
        {
            errors.Add(new SpecError(file, 1, 1, "", $"The file has {text.Length} characters; at most {CharactersMax} are read. Move data out of it."));
            return null;
        }

        var reading = new Reading(file, errors);
        try
        {
            var parser = new Parser(new StringReader(text));
            while (parser.MoveNext())
            {
                if (!reading.Take(parser.Current!))
                    return null;
            }
        }
        catch (YamlException e)
        {
            errors.Add(Explain((int)e.Start.Line, (int)e.Start.Column, (e.InnerException ?? e).Message, text, file));
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // The scanner answers some malformed flow collections ([ without its end) so, and without a position.
            errors.Add(Explain(reading.Line, 1, "a bracket or quote that opens near here is not closed", text, file));
            return null;
        }

        return reading.Root;
    }

    private static SpecError Explain(int line, int column, string reason, string text, string file)
    {
        line = Math.Max(1, line);
        string[] lines = text.Split('\n');

        // The scanner reports a tab at the start of the mapping it is in, where the tab stands, or one line later.
        int last = reason.Contains("tab", StringComparison.Ordinal) ? lines.Length : line;
        for (int candidate = Math.Max(1, line - 1); candidate <= last; candidate++)
        {
            int tab = candidate <= lines.Length ? IndentingTab(lines[candidate - 1]) : -1;
            if (tab >= 0)
                return new SpecError(file, candidate, tab + 1, "", "A tab indents this line; YAML takes spaces only. Write two spaces a level.");
        }

        return new SpecError(file, line, Math.Max(1, column), "", $"This is not YAML: {reason.TrimEnd('.')}. Check quotes, colons and indentation here.");
    }

    private static int IndentingTab(string line)
    {
        int at = line.Length - line.TrimStart(' ', '\t').Length;
        return line.AsSpan(0, at).IndexOf('\t');
    }

    private sealed class Reading(string file, List<SpecError> errors)
    {
        private readonly Stack<Open> open = new();
        private int nodes;
        private int documents;

        public YamlNode? Root { get; private set; }

        /// <summary>Where the last thing that was understood begins.</summary>
        public int Line { get; private set; } = 1;

        /// <summary>False ends the reading: what follows cannot be understood.</summary>
        public bool Take(ParsingEvent step) => step switch
        {
            DocumentStart => ++documents == 1 || Refuse(step, "A second document starts here; one file holds one. Remove the --- line."),
            AnchorAlias => Refuse(step, "Aliases (*name) are not read. Write the value out."),
            NodeEvent node => TakeNode(node),
            MappingEnd or SequenceEnd => Close(),
            _ => true,
        };

        private bool TakeNode(NodeEvent node)
        {
            if (!node.Anchor.IsEmpty)
                return Refuse(node, "Anchors (&name) are not read. Write the value where it is needed.");
            if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific)
                return Refuse(node, "Tags (!name) are not read. Remove it; quote the value when it must be text.");
            if (++nodes > NodesMax)
                return Refuse(node, $"The file has more than {NodesMax} values. Make it smaller.");
            if (open.Count >= DepthMax && node is not Scalar)
                return Refuse(node, $"Values are nested more than {DepthMax} levels deep. Make it flatter.");

            int line = Line = (int)node.Start.Line;
            int column = (int)node.Start.Column;
            if (node is Scalar scalar)
                return Place(new YamlScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, line, column), scalar);

            if (open.TryPeek(out Open? parent) && parent is { IsMap: true, Key: null })
                return Refuse(node, "A key must be plain text.");
            open.Push(new Open(node is MappingStart, line, column));
            return true;
        }

        private bool Close()
        {
            Open closed = open.Pop();
            return Place(closed.IsMap ? new YamlMap(closed.Entries, closed.Line, closed.Column) : new YamlList(closed.Items, closed.Line, closed.Column), null);
        }

        private bool Place(YamlNode node, Scalar? source)
        {
            if (!open.TryPeek(out Open? parent))
            {
                Root = node;
                return true;
            }

            if (!parent.IsMap)
            {
                parent.Items.Add(node);
                return true;
            }

            if (parent.Key is null)
            {
                parent.Key = (YamlScalar)node;
                if (!parent.Keys.Add(parent.Key.Value))
                    errors.Add(new SpecError(file, node.Line, node.Column, parent.Key.Value, "This key stands here twice, and only one can count. Remove one."));
                return source is not null;
            }

            parent.Entries.Add(new YamlEntry(parent.Key, node));
            parent.Key = null;
            return true;
        }

        private bool Refuse(ParsingEvent at, string message)
        {
            errors.Add(new SpecError(file, (int)at.Start.Line, (int)at.Start.Column, "", message));
            return false;
        }
    }

    private sealed class Open(bool isMap, int line, int column)
    {
        public bool IsMap => isMap;
        public int Line => line;
        public int Column => column;
        public YamlScalar? Key { get; set; }
        public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);
        public List<YamlEntry> Entries { get; } = [];
        public List<YamlNode> Items { get; } = [];
    }
}
