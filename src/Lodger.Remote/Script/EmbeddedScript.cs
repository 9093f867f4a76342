using System.Text;

namespace Lodger.Remote.Script;

/// <summary>The shell sources that travel inside this assembly.</summary>
internal static class EmbeddedScript
{
    public static string Common => Read("common.sh");

    public static string Boot => Read("boot.sh");

    /// <summary>The whole lodge script, ready to run.</summary>
    public static string Lodge => $"#!/bin/sh\nset -u\n{Common}\n{Read("lodge.sh")}";

    /// <summary>A close look at a machine; takes its arguments as positional ones.</summary>
    public static string Probe => Read("probe.sh");

    /// <summary>A look at what lies on a machine that somebody else set up; takes its arguments as positional ones.</summary>
    public static string Look => Read("look.sh");

    /// <summary>A list of everything below some paths there; takes its arguments as positional ones.</summary>
    public static string Survey => Read("survey.sh");

    private static string Read(string name)
    {
        using var stream = typeof(EmbeddedScript).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The script {name} is not in the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
