using System.Net.Sockets;
using System.Text;

namespace Lodger.Marketplace.Copying;

/// <summary>Binds a socket in a directory of any length: an address takes 107 bytes of path, and state directories can be longer.</summary>
internal static class LongPathSocket
{
    private const int PathBytesMax = 107;

    public static void Bind(Socket socket, string directory, string name)
    {
        var path = Path.Combine(directory, name);
        File.Delete(path);
        if (Encoding.UTF8.GetByteCount(path) <= PathBytesMax)
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            return;
        }

        // By way of a link that is needed for this moment only.
        var link = Path.Combine(Path.GetTempPath(), "lodger-" + Path.GetRandomFileName());
        File.CreateSymbolicLink(link, directory);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(link, name)));
        }
        finally
        {
            File.Delete(link);
        }
    }
}
