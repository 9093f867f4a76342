namespace Lodger.Domain.Spec;

/// <summary>One thing that is wrong in a file a person wrote, where it stands, and what to write instead.</summary>
/// <param name="File">As the user named it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Field">Dotted path, for example <c>gpu.count</c>; empty when the file as a whole is meant.</param>
/// <param name="Message">A sentence that ends in what to write. Never repeats a value that could be a secret.</param>
public sealed record SpecError(string File, int Line, int Column, string Field, string Message)
{
    public override string ToString() => Field.Length == 0 ? $"{File}:{Line}:{Column}  {Message}" : $"{File}:{Line}:{Column}  {Field}: {Message}";
}
