using Lodger.Domain.Problems;
using Lodger.Server.Access;
using Lodger.Server.Client;

namespace Lodger.Cli.Composition;

/// <summary>
/// A server on another machine, instead of the one here: <c>LODGER_SERVER</c> says where, the token comes from the file that <c>LODGER_TOKEN_FILE</c> names, else from the one that <c>lodger login --server</c> wrote. A token is never an argument,
/// and never the value of a variable that every child would inherit.
/// </summary>
internal static class RemoteServer
{
    public const string AddressVariable = "LODGER_SERVER";
    public const string TokenVariable = "LODGER_TOKEN_FILE";

    private const int TokenBytesMax = 4096;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>As it was typed; null: the server of this machine is meant.</summary>
    public static string? Named(Surroundings around) => around.Variable(AddressVariable);

    /// <summary>With https, or on this machine itself; nothing but host and port.</summary>
    public static Outcome<Uri> Parse(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri is { UserInfo: "", Query: "", Fragment: "", AbsolutePath: "/" }
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
            ? uri
            : new Problem("server-address", "That is no address of a Lodger server: https, host and port (http on this machine alone).", $"For example  {AddressVariable}=https://lab.example.org:8443", ExitCode.BadInput);

    public static Outcome<ServerClient> Open(Surroundings around, Places places, string named)
    {
        if (!Parse(named).TryGet(out var address, out var problem))
            return problem;
        var file = around.Variable(TokenVariable) is { } path ? Path.GetFullPath(path, around.CurrentDirectory) : TokenFile(places, address);
        return Read(file, address).Then<ServerClient>(token => new ServerClient(address, token) { Agent = around.Agent });
    }

    /// <summary>A token as somebody typed it; a problem, which does not repeat it, when it cannot be one.</summary>
    public static Outcome<string> Token(string text, string source)
    {
        var token = text.Trim();
        return TokenForm.IsPossible(token)
            ? token
            : new Problem("token-unreadable", $"What {source} holds is no token of a Lodger server: those begin with {TokenForm.Prefix}", "It is what  lodger token create  printed where the server runs.", ExitCode.BadInput);
    }

    /// <summary>For its user alone, from its first byte on.</summary>
    public static Outcome<string> Keep(Places places, Uri address, string token)
    {
        var path = TokenFile(places, address);
        if (Places.MakePrivate(places.Config).Problem is { } unusable)
            return unusable;
        if (Places.MakePrivate(Path.GetDirectoryName(path)!).Problem is { } closed)
            return closed;
        var fresh = $"{path}.{Guid.NewGuid():N}.new";
        using (var file = new StreamWriter(new FileStream(fresh, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly })))
            file.WriteLine(token);
        File.Move(fresh, path, overwrite: true);
        return path;
    }

    /// <summary>Why a command is of no use with a server on another machine.</summary>
    public static Problem OnlyHere(string why) => new(
        "only-here", $"{AddressVariable} names a server on another machine, and this needs one here: {why}.", $"Run it where the server runs, or unset {AddressVariable}.", ExitCode.BadInput);

    private static string TokenFile(Places places, Uri address) => Path.Combine(places.Config, "servers", $"{address.IdnHost.Replace(':', '-')}_{address.Port}.token");

    private static Outcome<string> Read(string file, Uri address)
    {
        try
        {
            if ((File.GetUnixFileMode(file) & ~(OwnerOnly | UnixFileMode.UserExecute)) != UnixFileMode.None)
                return new Problem("token-readable-by-others", $"Others on this machine can read the token in {file}: it is not used.", $"chmod 600 '{file}', and have another one made.", ExitCode.NotAuthorized);
            return new FileInfo(file).Length > TokenBytesMax ? Token("", file) : Token(File.ReadAllText(file), file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("no-token", $"There is no token for {address} in {file}.", $"lodger login --server {address}   or name a file in {TokenVariable}", ExitCode.NotAuthorized);
        }
    }
}
